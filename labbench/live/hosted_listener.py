"""An embedder that hears the ear's sound from a process of its own: watched, started anew where it dies.

What was asked of it and not answered is asked again of the next process, so that nothing is lost. Each has its own
process and its own words: several of them, with different embedders, may hear the same sound side by side.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from labbench.core.progress import Progress
from labbench.live import messages
from labbench.live.embedding_host_main import HostCommand, HostNews, Told
from labbench.live.embedding_link import EmbeddingHosts, EmbeddingLink, GoneError
from labbench.live.embedding_messages import (
    EmbedderLoading,
    EmbedderLost,
    Listen,
    Ready,
    Speakers,
    StreamEnded,
    Unready,
)
from labbench.live.messages import Event, SpotProgress, Spotted, Trouble
from labbench.live.room_messages import CancelRoom, HearRoom, RoomHeard
from labbench.models.embedders import EmbedderSpec

STEADY_SECONDS = 60.0
"""One that has lived so long since it was started anew may die once more."""
AGAIN = "It is started again and hears what comes from now on. What is recorded is kept."


class HostedListener:
    """Commands go in by `send`, events come out of `poll`; neither waits. For one thread."""

    def __init__(self, spec: EmbedderSpec, hosts: EmbeddingHosts, clock: Callable[[], float] = time.monotonic) -> None:
        self.spec = spec
        self._hosts = hosts
        self._clock = clock
        self._died_at: float | None = None
        self._told: dict[type, messages.Command] = {}
        self._asked: dict[int, messages.Command] = {}
        self._stream: Listen | None = None
        self._number = 0
        self._speakers = Speakers(False)
        self._events: list[Event] = []
        self._link: EmbeddingLink | None = hosts.take(spec)
        if self._link.ready is None:
            self._events.append(EmbedderLoading(spec, Progress(0.0, None, "", "loading the model")))

    @property
    def lost(self) -> bool:
        """Whether it has given up: `EmbedderLost` was told, and it does nothing any more."""
        return self._link is None

    @property
    def asked(self) -> dict[int, messages.Command]:
        """What was not answered yet, by ticket."""
        return dict(self._asked)

    def send(self, command: messages.Command) -> None:
        """Any command that is not for the ear's devices."""
        self._asked = waited_for(self._asked, command)
        if getattr(command, "ticket", None) is None and not isinstance(command, messages.CancelSpot | CancelRoom):
            self._told[type(command)] = command  # the words, for example: the newest hold
        self._send(command)

    def listen(self, ring: str, silent_for: int) -> None:
        """A new stream runs; see `Listen`."""
        self._number += 1
        self._stream = Listen(self._number, ring, silent_for)
        self._send(self._stream)

    def stream_ended(self) -> None:
        """Nothing more comes of it."""
        if self._stream is not None:
            self._stream = None
            self._send(StreamEnded())

    def speakers(self, *, playing: bool) -> None:
        if self._speakers.playing != playing:
            self._speakers = Speakers(playing)
            self._send(self._speakers)

    def poll(self) -> list[Event]:
        """What happened since the last call."""
        if self._link is not None:
            try:
                for news in self._link.poll():
                    self._take_in(news)
            except GoneError as error:
                self._gone(error)
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """End the process."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _send(self, command: HostCommand) -> None:
        if self._link is not None:
            self._link.send(command)

    def _take_in(self, news: HostNews) -> None:
        match news:
            case Progress():
                self._events.append(EmbedderLoading(self.spec, news))
            case Ready():
                self._events.append(EmbedderLoading(self.spec, None))
            case Unready(message, hint):
                self._give_up(message, hint)
            case Told(stream, event):
                self._tell(stream, event)

    def _tell(self, stream: int, event: Any) -> None:
        """Distances of a stream before this one are of no use; answers are, once."""
        ticket = getattr(event, "ticket", None)
        if isinstance(event, Spotted):
            if stream == self._number:
                self._events.append(event)
        elif ticket is None or ticket in self._asked:
            if ticket is not None and is_last(event):
                del self._asked[ticket]
            self._events.append(event)

    def _gone(self, error: GoneError) -> None:
        now, before = self._clock(), self._died_at
        self._died_at = now
        self.close()
        if before is not None and now - before < STEADY_SECONDS:
            self._give_up(f"{error.message.removesuffix('.')}, for the second time.", error.hint)
            return
        self._events.append(Trouble(error.message, AGAIN))
        self._link = self._hosts.take(self.spec)
        self._events.append(EmbedderLoading(self.spec, Progress(0.0, None, "", "loading the model")))
        for command in self._told.values():
            self._send(command)
        if self._speakers.playing:
            self._send(self._speakers)
        if self._stream is not None:
            self._number += 1
            self._stream = replace(self._stream, stream=self._number)
            self._send(self._stream)
        for command in self._asked.values():
            self._send(command)

    def _give_up(self, message: str, hint: str) -> None:
        self.close()
        self._events.append(EmbedderLost(self.spec, message, hint))


def waited_for(asked: dict[int, messages.Command], command: messages.Command) -> dict[int, messages.Command]:
    """Requests by ticket that will be answered once `command` was sent: one that was cancelled or replaced will not."""
    ended: tuple[type, ...] = ()
    if isinstance(command, messages.SpotClip | messages.CancelSpot):
        ended = (messages.SpotClip,)
    elif isinstance(command, CancelRoom):
        ended = (HearRoom,)
    found = {ticket: one for ticket, one in asked.items() if not isinstance(one, ended)} if ended else asked
    ticket = getattr(command, "ticket", None)
    return found if ticket is None else {**found, ticket: command}


def is_last(event: Event) -> bool:
    """Whether an answer is complete with this one; progress may be followed by more."""
    return not isinstance(event, SpotProgress) and not (isinstance(event, RoomHeard) and not event.ended)
