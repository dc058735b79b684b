"""Waiting in the main thread without blocking it: the event loop runs on until a condition holds."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

LOOK_EVERY_MS = 10


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Let the event loop run until `condition` holds; False if it does not within `seconds`."""
    if condition():
        return True
    loop = QEventLoop()
    look, limit = QTimer(), QTimer()
    look.timeout.connect(lambda: loop.quit() if condition() else None)
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    look.start(LOOK_EVERY_MS)
    limit.start(round(seconds * 1000))
    loop.exec()
    look.stop()
    limit.stop()
    return condition()
