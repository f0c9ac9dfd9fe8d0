"""Why a record was not mapped, in one sentence that shows none of its values."""

from __future__ import annotations

from pydantic import ValidationError

from schemas.entities import ENTITIES, sensitive_fields
from schemas.errors import Rejected
from schemas.pages import Reject

_LONGEST = 500
_LONGEST_FIELD = 120


class Misfit(Exception):  # noqa: N818  # it never leaves the transformer
    """A record cannot be mapped at this place of the mapping; the error that says why is its cause."""

    def __init__(self, entity: str | None, field: str | None) -> None:
        super().__init__(entity, field)
        self.entity = entity
        self.field = field

    def reject(self) -> Reject:
        """The reject for the dead letters. Texts of foreign exceptions stay out: they quote the record."""
        cause = self.__cause__ or self
        field, reason = self._told(cause)
        if self.entity in ENTITIES and (field or "").split(".")[0] in sensitive_fields(self.entity):
            reason = f"The sensitive field {self.entity}.{field} is not valid; look at the record in the ERP."
        shown = None if field is None else _clean(field, _LONGEST_FIELD)
        return Reject(field=shown, reason=_clean(reason, _LONGEST), error=type(cause).__name__)

    def _told(self, cause: BaseException) -> tuple[str | None, str]:
        if isinstance(cause, ValidationError):
            return self._of_validation(cause)
        if isinstance(cause, Rejected):
            return cause.field or self.field, cause.reason
        place = ".".join(part for part in (self.entity, self.field) if part) or "the record"
        return self.field, f"The mapping of {place} failed with {type(cause).__name__}; correct the mapping."

    def _of_validation(self, cause: ValidationError) -> tuple[str | None, str]:
        errors = cause.errors(include_url=False, include_input=False, include_context=False)
        field = ".".join(str(part) for part in errors[0]["loc"]) or self.field
        place = f"{self.entity}.{field}" if field else str(self.entity)
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return field, f"{place}: {errors[0]['msg']}{more}."


def _clean(text: str, longest: int) -> str:
    """Fit for every store and message: names of fields may come out of the record."""
    return text[:longest].encode("utf-8", "replace").decode().replace("\x00", "?")
