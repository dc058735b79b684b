"""An ear whose listening half is elsewhere: the default embedder listens in the ear, any other in a host beside it.

Sound, files and devices stay the ear's whatever the words are heard by; commands and events are the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.ear_process import EarLink
from labbench.live.embedding_link import EmbeddingHosts
from labbench.live.embedding_messages import EmbedderLoading, EmbedderLost, UseEmbedder
from labbench.live.hosted_listener import HostedListener, is_last, waited_for
from labbench.live.messages import Closed, Event, Lost, Opened, Played, Spotted, Trouble
from labbench.live.view_messages import Examine
from labbench.models.embedders import EmbedderSpec

FOR_DEVICES = (
    messages.Open,
    messages.Record,
    messages.Pause,
    messages.Close,
    messages.Play,
    messages.StopPlaying,
    messages.ListDevices,
    messages.Advance,
    messages.Quit,
)
ASKED_AGAIN = (messages.SpotClip, Examine)
"""Whoever asks for these does so again by itself once the words are heard in another way: nobody need be told."""
CHANGED = ("The words are heard in another way now.", "Ask for it once more.")


class SplitEar:
    """The ear as its user sees it. Begins with the default embedder; `UseEmbedder` chooses another."""

    def __init__(self, ear: EarLink, hosts: EmbeddingHosts, clock: Callable[[], float] = time.monotonic) -> None:
        self._ear = ear
        self._hosts = hosts
        self._clock = clock
        self._host: HostedListener | None = None
        self._asked: dict[int, messages.Command] = {}  # of the ear, and not answered
        self._opened: Opened | None = None
        self._playing = False
        self._played: int | None = None
        self._silent_since: float | None = None
        self._events: list[Event] = []

    def send(self, command: messages.Command) -> None:
        if isinstance(command, UseEmbedder):
            self._use(command.spec)
        elif isinstance(command, FOR_DEVICES):
            if isinstance(command, messages.Play):
                self._played = command.ticket
                self._speakers(playing=True)
            self._ear.send(command)
        elif self._host is not None:
            self._host.send(command)
        else:
            self._asked = waited_for(self._asked, command)
            self._ear.send(command)

    def poll(self) -> list[Event]:
        for event in self._ear.poll():
            self._hear(event)
        if self._host is not None:
            for event in self._host.poll():
                if isinstance(event, EmbedderLost):
                    self._events += [Trouble(event.message, event.hint, ticket) for ticket in self._host.asked]
                self._events.append(event)
        events, self._events = self._events, []
        return events

    def close(self) -> list[Event]:
        if self._host is not None:
            self._host.close()
            self._host = None
        self._hosts.close()
        return self._ear.close()

    def _use(self, spec: EmbedderSpec) -> None:
        """The last one is ended; what was asked of it is refused."""
        old = self._host
        for ticket, one in (self._asked if old is None else old.asked).items():
            self._events.append(Trouble("", "", ticket) if isinstance(one, ASKED_AGAIN) else Trouble(*CHANGED, ticket))
        self._asked.clear()
        if old is not None:
            old.close()
            self._host = None
        elif not spec.is_default:
            self._ear.send(messages.CancelSpot())
            self._ear.send(messages.Teach(()))  # it must not hear the same words as well
        if spec.is_default:
            self._events.append(EmbedderLoading(spec, None))
            return
        self._host = HostedListener(spec, self._hosts, self._clock)
        self._host.speakers(playing=self._playing)
        if self._opened is not None:
            self._host.listen(self._opened.model_ring, self._silent_for)

    def _hear(self, event: Event) -> None:
        """What the ear tells; answers that nobody waits for any more are dropped."""
        host = self._host
        if isinstance(event, Opened):
            self._opened = event
            if host is not None:
                host.listen(event.model_ring, self._silent_for)
        elif isinstance(event, Closed | Lost):
            self._opened = None
            if isinstance(event, Lost):
                self._asked.clear()
                self._speakers(playing=False)
            if host is not None:
                host.stream_ended()
        elif isinstance(event, Played):
            self._speakers(playing=not event.ended)
        elif isinstance(event, Spotted):
            if host is not None:
                return
        elif (ticket := getattr(event, "ticket", None)) is not None and not isinstance(event, Trouble):
            if ticket not in self._asked:
                return
            if is_last(event):
                del self._asked[ticket]
        elif isinstance(event, Trouble) and event.ticket is not None:
            self._asked.pop(event.ticket, None)
            if event.ticket == self._played:
                self._speakers(playing=False)
        self._events.append(event)

    def _speakers(self, *, playing: bool) -> None:
        if self._playing and not playing:
            self._silent_since = self._clock()
        self._playing = playing
        if self._host is not None:
            self._host.speakers(playing=playing)

    @property
    def _silent_for(self) -> int:
        """Samples since the speakers fell silent."""
        if self._playing:
            return 0
        silent = 3600.0 if self._silent_since is None else min(3600.0, self._clock() - self._silent_since)
        return round(silent * MODEL_RATE)
