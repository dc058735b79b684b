"""Progress of bytes with the rate and the time left, for people."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from labbench.core.progress import OnProgress, Progress

REPORT_EVERY = 0.1
"""Seconds between two reports: more would only keep the window busy."""


class RateMeter:
    """Turns counts of bytes into `Progress`: at once, then every `REPORT_EVERY` seconds, and at the end.

    The rate is that of the last reports (five seconds or more), so it follows a network that changes.
    """

    def __init__(self, clock: Callable[[], float], on_progress: OnProgress) -> None:
        self._clock, self._on_progress = clock, on_progress
        self._seen: deque[tuple[float, int]] = deque(maxlen=50)

    def report(self, done: int, total: int | None) -> None:
        now = self._clock()
        if self._seen and done != total and now - self._seen[-1][0] < REPORT_EVERY:
            return
        self._seen.append((now, done))
        (then, had), note = self._seen[0], ""
        if now > then and done > had:
            rate = (done - had) / (now - then)
            left = f", {duration_text((total - done) / rate)} left" if total is not None else ""
            note = f"{size_text(rate)}/s{left}"
        self._on_progress(Progress(done, total, "bytes", note))


def size_text(size: float) -> str:
    """`75572083` as `76 MB`: millions of bytes, as disks and networks are sold; kB below one of them."""
    if size < 1e6:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1e7 else f"{size / 1e6:,.0f} MB"


def duration_text(seconds: float) -> str:
    """`95` as `95 s`, `300` as `5 min`."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
