"""Keeps the computer from falling asleep while it records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labbench.core.progress import CancelToken

KeepAwake = Callable[[CancelToken], bool]
_LOOK_SECONDS = 3600.0


@contextmanager
def awake() -> Iterator[bool]:
    """While entered the computer does not sleep by itself; the screen may go dark. Whether the system agreed."""
    from wakepy import keep  # late: on Linux it reaches for the session bus

    with keep.running(on_fail="pass") as mode:
        yield bool(mode.active)


def keep_awake(until: CancelToken) -> bool:
    """Block until cancelled, awake meanwhile; False at once where the system has nothing to ask, or refuses."""
    with awake() as agreed:
        while agreed and not until.wait(_LOOK_SECONDS):
            pass
        return agreed
