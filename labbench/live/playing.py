"""Playback in the ear: one player at a time, and where it is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from labbench.audio.player import Output, Player, PlaySpec, Samples, Sound
from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.messages import Event, Played

PATIENCE_SECONDS = 0.2
"""So long is waited for a driver to let go: recording goes on only after it."""
HANGING_SECONDS = 10.0
"""A driver that has not let go by then never will."""


class Playing:
    """Starts and stops players; `step` tells where the present one is. Used by the ear's loop only."""

    def __init__(
        self,
        open_sound: Callable[[Path], Sound],
        open_output: Callable[[str | None], Output],
        emit: Callable[[Event], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_sound = open_sound
        self._open_output = open_output
        self._emit = emit
        self._clock = clock
        self._player: Player | None = None
        self._leaving: list[tuple[Player, float]] = []  # and since when
        self._unclosed = False
        self._ticket = 0
        self._ended_at = -math.inf

    @property
    def active(self) -> bool:
        """Whether something is played, or its end has not been told yet."""
        return self._player is not None

    @property
    def in_use(self) -> bool:
        """Whether an output device is open: also one whose driver has not let go yet."""
        return self._player is not None or bool(self._leaving) or self._unclosed

    @property
    def stuck(self) -> bool:
        """Whether an output device can't be closed."""
        now = self._clock()
        return self._unclosed or any(now - since > HANGING_SECONDS for _, since in self._leaving)

    @property
    def silent_for(self) -> float:
        """Seconds since something was played; at most an hour."""
        return 0.0 if self.active else min(3600.0, self._clock() - self._ended_at)

    def begin(self, command: messages.Play) -> None:
        """Play; failures are told by a `Played` that has ended."""
        self.stop()
        self._ticket = command.ticket
        spec = command.spec
        try:
            sound = self._sound_of(spec)
            try:
                self._player = Player(sound, spec, self._open_output)
            except LabBenchError:
                sound.close()
                raise
        except LabBenchError as error:
            self._emit(Played(command.ticket, spec.start, True, error.message, error.hint))
        else:
            self.step()

    def stop(self) -> None:
        """Silence; told, if something was played."""
        player = self._player
        if player is None:
            return
        if player.ended:
            self.step()
            return
        position = player.position
        self._leaving.append((player, self._clock()))
        player.stop(PATIENCE_SECONDS)
        self._end(Played(self._ticket, position, True))
        self.step()

    def step(self) -> None:
        """Tell where the player is, or that it has ended; close what is through."""
        player = self._player
        if player is not None and not player.ended:
            self._emit(Played(self._ticket, player.position))
        elif player is not None:
            self._leaving.append((player, self._clock()))
            failure = player.failure or LabBenchError("")
            self._end(Played(self._ticket, player.position, True, failure.message, failure.hint))
        for left in [left for left in self._leaving if left[0].ended]:
            self._leaving.remove(left)
            self._unclosed = not left[0].close() or self._unclosed

    def _end(self, played: Played) -> None:
        self._player = None
        self._ended_at = self._clock()
        self._emit(played)

    def _sound_of(self, spec: PlaySpec) -> Sound:
        if spec.path is not None:
            return self._open_sound(spec.path)
        if spec.samples is None:
            raise LabBenchError("There is nothing to play.", "Record or open a sound first.")
        return Samples(spec.samples, spec.rate)
