"""Which failures are one: a stable fingerprint of where, what kind, at which field and why, but of no value.

Reasons quote values, count things and name positions; all of these differ between records that fail for one cause.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from distributor.rows import LetterOpen

RECORD: Final = "mapping"
"""The stage at which records are rejected; messages have the name of their queue."""

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|`[^`]*`")
_WORD_WITH_DIGITS = re.compile(r"[^\s.,;:()]*\d[^\s,;:()]*(?<![.])")
_POSITION = re.compile(r"(?<=\.)\d+(?=\.|$)|(?<=\[)\d+(?=\])")
_BLANKS = re.compile(r"\s+")


def cause_of(stage: str, error: str, field: str | None, reason: str) -> str:
    """The fingerprint of a failure, 16 hex digits: the same for all failures of one cause, on every machine."""
    parts = (stage, error, place(field), shape(reason))
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def cause_of_letter(letter: LetterOpen) -> str:
    """The fingerprint of a rejected record."""
    return cause_of(RECORD, letter.reject.error, letter.reject.field, letter.reject.reason)


def place(field: str | None) -> str:
    """A field without positions in lists: ``lines.3.unit`` is ``lines.*.unit``."""
    return _POSITION.sub("*", field or "")


def shape(reason: str) -> str:
    """A reason without what is quoted in it, without numbers, and with single blanks."""
    return _BLANKS.sub(" ", _WORD_WITH_DIGITS.sub("#", _QUOTED.sub("…", reason))).strip()
