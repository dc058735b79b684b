"""Which way a text is read: Arabic and Hebrew from right to left, whatever the window's own language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from PySide6.QtCore import Qt

_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def direction_of(texts: Iterable[str]) -> Qt.LayoutDirection:
    """By the first letter that has a direction, as Unicode's bidirectional algorithm does; else left to right."""
    for text in texts:
        for letter in text:
            kind = unicodedata.bidirectional(letter)
            if kind == "L":
                return Qt.LayoutDirection.LeftToRight
            if kind in _RIGHT_TO_LEFT:
                return Qt.LayoutDirection.RightToLeft
    return Qt.LayoutDirection.LeftToRight
