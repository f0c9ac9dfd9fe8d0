"""Check digits of organisation numbers and payment references. All functions are pure and take text."""

from __future__ import annotations

from collections.abc import Sequence

_NO_ORG = (3, 2, 7, 6, 5, 4, 3, 2)
_DK_ORG = (2, 7, 6, 5, 4, 3, 2, 1)
_FI_ORG = (7, 9, 10, 5, 8, 4, 2)


def luhn(digits: str) -> bool:
    """Mod 10 over all digits, the check digit last (ISO/IEC 7812-1, annex B)."""
    if not _are_digits(digits) or len(digits) < 2:
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod11(text: str) -> bool:
    """Mod 11 with the weights 2..7 from the right; a check digit of 10 is written ``-`` (Norwegian KID)."""
    digits, check = text[:-1], text[-1:]
    if not _are_digits(digits):
        return False
    total = sum(int(digit) * (2 + position % 6) for position, digit in enumerate(reversed(digits)))
    expected = (11 - total % 11) % 11
    return check == ("-" if expected == 10 else str(expected))


def weighted_731(digits: str) -> bool:
    """Finnish reference number: weights 7, 3, 1 from the right, up to the next ten."""
    if not _are_digits(digits) or len(digits) < 2:
        return False
    weights = (7, 3, 1)
    total = sum(int(digit) * weights[position % 3] for position, digit in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def norwegian_organisation(digits: str) -> bool:
    """9 digits, mod 11 (0192)."""
    return _has(digits, 9) and _check_11(digits, _NO_ORG) == int(digits[8])


def swedish_organisation(digits: str) -> bool:
    """10 digits, Luhn (0007)."""
    return _has(digits, 10) and luhn(digits)


def danish_organisation(digits: str) -> bool:
    """8 digits, the first not 0, weighted sum divisible by 11 (0184)."""
    return _has(digits, 8) and digits[0] != "0" and _sum(digits, _DK_ORG) % 11 == 0


def finnish_organisation(digits: str) -> bool:
    """7 digits and a check digit, mod 11 (0212)."""
    return _has(digits, 8) and _check_11(digits, _FI_ORG) == int(digits[7])


def _check_11(digits: str, weights: Sequence[int]) -> int:
    """The check digit, 10 where none exists."""
    return (11 - _sum(digits, weights) % 11) % 11


def _sum(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _has(digits: str, length: int) -> bool:
    return len(digits) == length and _are_digits(digits)


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
