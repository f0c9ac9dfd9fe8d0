"""One sample of a connector at a time, through the transformer: its entities as they are published."""

from __future__ import annotations

from typing import Any

from connectors.base import Connector
from connectors.testing.samples import load_samples
from schemas.pages import Result
from tests.support.mapped_samples import mapped


class Told:
    """What the samples of a connector give: ``told(stream, key)`` has the bodies of one record by kind of entity.

    ``settings`` are those of the connection, over the defaults of the spec.
    """

    def __init__(self, connector: Connector, **settings: str) -> None:
        assert connector.folder is not None
        self._connector = connector
        self._samples = load_samples(connector.folder / "samples")
        defaults = {one.name: one.default for one in connector.spec.settings if one.default is not None}
        self._options = {**defaults, **settings}

    def __call__(self, stream: str, key: object, **changes: Any) -> dict[str, dict[str, Any]]:
        """The bodies that come of the sample with that source key, with some of its fields changed."""
        result = self.result(stream, key, **changes)
        assert result.reject is None, result.reject
        return {entity.entity: entity.body for entity in result.entities}

    def several(self, stream: str, key: object) -> list[dict[str, Any]]:
        """The bodies that come of the sample, in their order."""
        return [entity.body for entity in self.result(stream, key).entities]

    def result(self, stream: str, key: object, **changes: Any) -> Result:
        """What becomes of the sample; it may be a reject."""
        path = self._connector.spec.stream(stream).key[0]
        record = next(one for one in self._samples[stream] if str(one[path]) == str(key))
        (result,) = mapped(self._connector, stream, [{**record, **changes}], **self._options)
        return result


def keys(refs: Any) -> list[str]:
    """The source keys of references, or of the values of codings."""
    return [ref["value"]["source_id"] if "value" in ref else ref["source_id"] for ref in refs]
