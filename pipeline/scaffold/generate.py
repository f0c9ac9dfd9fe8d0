"""Writing the package of a new connector from the files under ``template``."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from schemas.errors import ConfigError

_TEMPLATE = Path(__file__).parent / "template"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}")
_PACKAGE = "package"  # the folder of the template that takes the package's name
_PLAIN = ".txt"  # hides Python and settings of tools within the template from tools that look for them


def generate(name: str, folder: Path) -> Path:
    """Write ``folder/<name>-connector`` and return it.

    Raises ConfigError for a name that no system can have, and where something is there already.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"'{name}' cannot name a system; take small letters, digits and hyphens, such as north-erp.")
    target = folder / f"{name}-connector"
    if target.exists():
        raise ConfigError(f"{target} exists already; take another name, or another folder with --dir.")
    values = {"system": name, "package": f"{name.replace('-', '_')}_connector", "title": _title(name)}
    for source in sorted(path for path in _TEMPLATE.rglob("*") if path.is_file()):
        place = target / _placed(source, values["package"])
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(Template(source.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    return target


def _placed(source: Path, package: str) -> Path:
    parts = [package if part == _PACKAGE else part for part in source.relative_to(_TEMPLATE).parts]
    return Path(*parts[:-1], parts[-1].removesuffix(_PLAIN))


def _title(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("-"))
