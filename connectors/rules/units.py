"""Units of measure: the words that ERPs have for them, and their UN/ECE Rec 20/21 codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "HUR": "h hour hours hr hrs time timer timme timmar tim",
    "DAY": "d day days dag dager dagar",
    "MIN": "min minute minutes minutt minutter minuter",
    "EA": "ea each pcs pc stk st styck",
    "MTR": "m meter metre",
    "MTK": "m2 m² kvm",
    "MTQ": "m3 m³ kbm",
    "KMT": "km",
    "CMT": "cm",
    "MMT": "mm",
    "KGM": "kg",
    "GRM": "g",
    "TNE": "tonn tonne ton",
    "LTR": "l ltr liter litre",
    "P1": "%",
    "MON": "month months måned måneder månad månader mnd",
    "WEE": "week weeks uke uker vecka veckor",
}
UNITS: Mapping[str, str] = {word: code for code, words in _WORDS.items() for word in words.split()}
"""Words in small letters → UN/ECE code; words that mean different things in different ERPs (``t``) are left out."""

CODES = frozenset(_WORDS) | {"SEC", "WHR", "KWH", "TNE", "PA", "SET", "PR", "NPL"}
"""Codes that an ERP may give itself."""


def unit_code(word: Any, own: Mapping[str, str] | None = None) -> str | None:
    """The code of an ERP's word: by its ``own`` words first, then by those that all know; None if neither has it."""
    if not isinstance(word, str):
        return None
    known = (own or {}).get(word) or UNITS.get(word.strip().rstrip(".").casefold())
    return known or (word if word in CODES else None)
