"""Where each record of a page ended, as the accounts keep it: short, because most pages end all alike.

``0:m480r1m19`` says that the records from index 0 on were mapped 480 times, rejected once, mapped 19 times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from distributor.account import Outcome

_LETTERS: Final[dict[Outcome, str]] = {"mapped": "m", "skipped": "s", "rejected": "r", "held": "h"}
_OUTCOMES: Final[dict[str, Outcome]] = {letter: outcome for outcome, letter in _LETTERS.items()}
_STRETCH = re.compile(r"([msrh])(\d+)")


def written(outcomes: Mapping[int, Outcome]) -> str:
    """Outcomes by index within the read, as text; empty for none."""
    stretches: list[list[str]] = []
    last, letter, many = -2, "", 0
    for index in sorted(outcomes):
        now = _LETTERS[outcomes[index]]
        if index != last + 1:
            stretches.append([f"{index}:"])
        if index == last + 1 and now == letter:
            many += 1
            stretches[-1][-1] = f"{letter}{many}"
        else:
            letter, many = now, 1
            stretches[-1].append(f"{now}1")
        last = index
    return ",".join("".join(stretch) for stretch in stretches)


def read(text: str | None) -> dict[int, Outcome]:
    """The inverse of ``written``; None, as older rows have it, says nothing."""
    found: dict[int, Outcome] = {}
    for stretch in text.split(",") if text else ():
        start, _, rest = stretch.partition(":")
        index = int(start)
        for letter, many in _STRETCH.findall(rest):
            for position in range(index, index + int(many)):
                found[position] = _OUTCOMES[letter]
            index += int(many)
    return found


def latest(passes: Iterable[str | None]) -> dict[int, Outcome]:
    """Where the records of a page are now: its passes in their order, later ones over earlier ones."""
    found: dict[int, Outcome] = {}
    for text in passes:
        found.update(read(text))
    return found
