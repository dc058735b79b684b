"""How often live text can be had, from how long its passes take. Pure; no clock of its own."""

from __future__ import annotations

from typing import Protocol

STEP_SECONDS = 0.5
"""Seconds of new sound before the next pass, where the computer is quick enough."""
WINDOW_SECONDS = 12.0
"""Passes look at most this far back; older words are settled by then."""
SMALL_WINDOW_SECONDS = 6.0
SLOW_PASS_SECONDS = 1.5
"""Passes that take longer are made over a smaller window."""
TOO_SLOW_SECONDS = 5.0
"""Where passes take longer even so, text would come when nobody waits for it any more: there is none live."""
PASSES_TO_BE_SLOW, PASSES_TO_GIVE_UP, PASSES_TO_BE_QUICK = 2, 3, 4
"""In a row."""
SMALLER = "This model is slow here: live text comes later, in smaller pieces."
AFTERWARDS = "This model is too slow here for live text: it comes afterwards."


class Pace(Protocol):
    """When the next pass is due, and over how much sound. `notice` is a sentence for people where it is not as usual;
    without `keeps_up` there are no more passes."""

    window_seconds: float
    notice: str
    keeps_up: bool

    def is_due(self, fresh_seconds: float) -> bool:
        """Whether a pass is to be made now that so much sound is new."""
        ...

    def took(self, seconds: float) -> None:
        """A pass took so long."""
        ...


class LocalPace:
    """Of an engine on this computer: a slow one gets smaller windows, and one that is too slow says so and stops.

    A slow pass now and then is somebody else's work, or the first one; quick ones in a row take it back.
    """

    def __init__(self) -> None:
        self.window_seconds = WINDOW_SECONDS
        self.notice = ""
        self.keeps_up = True
        self._step = STEP_SECONDS
        self._slow = self._too_slow = self._quick = 0

    def is_due(self, fresh_seconds: float) -> bool:
        return self.keeps_up and fresh_seconds >= self._step

    def took(self, seconds: float) -> None:
        self._step = max(STEP_SECONDS, seconds)
        self._slow = self._slow + 1 if seconds > SLOW_PASS_SECONDS else 0
        self._quick = self._quick + 1 if seconds < SLOW_PASS_SECONDS / 2 else 0
        small = self.window_seconds <= SMALL_WINDOW_SECONDS
        self._too_slow = self._too_slow + 1 if small and seconds > TOO_SLOW_SECONDS else 0
        if self._too_slow >= PASSES_TO_GIVE_UP:
            self.keeps_up, self.notice = False, AFTERWARDS
        elif self._slow >= PASSES_TO_BE_SLOW:
            self.window_seconds, self.notice = SMALL_WINDOW_SECONDS, SMALLER
        elif self._quick >= PASSES_TO_BE_QUICK:
            self.window_seconds, self.notice = WINDOW_SECONDS, ""


class SharedPace:
    """Of a server, which others use, too: after each answer it is left in peace for `share` times as long."""

    def __init__(self, share: float) -> None:
        self.window_seconds = WINDOW_SECONDS
        self.notice = ""
        self.keeps_up = True
        self._share = share
        self._step = STEP_SECONDS

    def is_due(self, fresh_seconds: float) -> bool:
        return fresh_seconds >= self._step

    def took(self, seconds: float) -> None:
        self._step = max(STEP_SECONDS, self._share * seconds)
