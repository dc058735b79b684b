"""Size, place and divisions of the window, as text that settings can keep."""

from __future__ import annotations

import base64
import binascii
import json

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow, QSplitter

FIRST_SIZE, SMALLEST_SIZE, FRAME_HEIGHT = (1280, 860), (720, 440), 36
ARRANGEMENT = "2"
"""Heads what is kept. Divisions of an older arrangement would take the text's room away again: they are left."""
LEAST_ROOM = (900, 480)
"""A screen that is smaller is believed to be none."""


def fitting_size(room: tuple[int, int]) -> tuple[int, int]:
    """The first size on a screen with so much room, the frame included; a screen that is too small is ignored."""
    if room[0] < LEAST_ROOM[0] or room[1] < LEAST_ROOM[1]:
        return FIRST_SIZE
    return min(FIRST_SIZE[0], room[0]), max(SMALLEST_SIZE[1], min(FIRST_SIZE[1], room[1] - FRAME_HEIGHT))


def layout_text(window: QMainWindow, splitters: tuple[QSplitter, ...]) -> str:
    """Everything as base64."""
    states = [window.saveGeometry(), *(splitter.saveState() for splitter in splitters)]
    raw = json.dumps([ARRANGEMENT, *(bytes(state.toBase64().data()).decode("ascii") for state in states)])
    return base64.b64encode(raw.encode("ascii")).decode("ascii")


def restore_layout(window: QMainWindow, splitters: tuple[QSplitter, ...], text: str) -> None:
    """Put everything back; a damaged text, or one of another layout, changes nothing. Qt keeps it on the screen.

    Of a text that an older arrangement wrote only the window's size and place are taken.
    """
    try:
        states = json.loads(base64.b64decode(text, validate=True))
        known = states[:1] == [ARRANGEMENT]
        first, *rest = [QByteArray.fromBase64(QByteArray(state.encode("ascii"))) for state in states[known:]]
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return
    if len(rest) != len(splitters):
        return
    window.restoreGeometry(first)
    if not known:
        return
    for splitter, state in zip(splitters, rest, strict=True):
        splitter.restoreState(state)
