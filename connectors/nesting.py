"""How deep JSON is nested: bounded, because what is read must be written again, and orjson writes 254 levels. Pure."""

from __future__ import annotations

MAX_DEPTH = 200
"""Levels of nesting of an answer."""

_NO_BRACKETS = bytes(sign for sign in range(256) if sign not in b'{}[]"')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


def deeper_than(content: bytes, levels: int) -> bool:
    """Whether JSON that was parsed is nested so deep; told by its brackets, several times faster than by a walk.

    Escaped quotes go first, then all but brackets and quotes. Two quotes side by side leave what is outside of strings
    outside; where quotes are left, the brackets between an odd and an even one are text. Each round takes off the
    innermost level.
    """
    if b"\\" in content:
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _outside(content.translate(_ONE_KIND, _NO_BRACKETS))
    for _ in range(levels):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b".").translate(None, b".")
    return bool(brackets)


def _outside(signs: bytes) -> bytes:
    """The brackets outside of strings, of brackets and quotes."""
    brackets = signs.translate(None, b'"')
    if 2 * signs.count(b'""') == len(signs) - len(brackets):
        return brackets  # quotes in pairs only: no bracket is within a string
    return b"".join(signs.replace(b'""', b"").split(b'"')[::2])
