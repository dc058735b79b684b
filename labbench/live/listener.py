"""The listening half of the ear: words are spotted in the 16 kHz stream, takes are caught from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from labbench.audio.ring import SharedRing
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.clip_spotting import ClipSpotting
from labbench.live.messages import Event, Spotted, TakeMade
from labbench.live.room_catcher import RoomCatcher
from labbench.live.room_messages import CancelRoom, EmbedRoom, HearRoom, MakeAnew, RoomEmbedded, UseRoom
from labbench.live.take_catcher import PRE_ROLL, TakeCatcher
from labbench.live.view_messages import Examine, Examined, Watch
from labbench.wakeword.cohort import Cohort
from labbench.wakeword.embedder import Embedder
from labbench.wakeword.in_room import made_anew
from labbench.wakeword.landmarks import LandmarkBank
from labbench.wakeword.room import EmbeddedRoom, Room, embed_room
from labbench.wakeword.spotter import FIRST, HOP, LEAST, Spotter, hops_of, spot_hops, window_before
from labbench.wakeword.templates import WINDOW, encoded
from labbench.wakeword.whitening import Whitener, disturbances, whitener_of
from labbench.wakeword.words import Take, WordModel, make_take

CLIP_HOPS, LIVE_CLIP_HOPS = 8, 1
"""Hops of a clip that are scored in one step of the ear: without, and with, sound that runs."""
MOST_HOPS = 8
"""Of running sound are scored in one step, where late ones may be skipped: a slow embedder must still hear commands."""
MOST_LATE_HOPS = 3
"""Further behind than this, windows are skipped: a distance that comes too late says nothing about now."""
ECHO = MODEL_RATE // 2
"""Samples for which a room, and the way to the loudspeaker and back, may still ring after playing has ended."""


@dataclass(frozen=True)
class WordKit:
    """What teaching and spotting need, loaded once: the embedder, the background cohort, and babble to mix in."""

    embedder: Embedder
    cohort: Cohort
    babble: NDArray[np.float32]

    @cached_property
    def whitener(self) -> Whitener:
        """Tells a take from ordinary speech, noise and babble; found once, in half a second."""
        others = [self.embedder.embed(samples) for samples in disturbances(self.babble)]
        return whitener_of(self.cohort.windows, others)

    def take(
        self,
        label: str,
        samples: NDArray[np.float32],
        span: tuple[int, int] | None = None,
        room: EmbeddedRoom | None = None,
    ) -> Take:
        """A clip (16 kHz) made into a take; `span` is where the word lies in it, where somebody said so."""
        return make_take(label, samples, self.embedder, self.cohort.windows, self.babble, span, room, self.whitener)

    def anew(self, take: Take, room: EmbeddedRoom | None) -> Take:
        """The take as it is made in another room, or in none."""
        return made_anew(take, self.embedder, self.cohort.windows, self.babble, room, self.whitener)


class Listener:
    """Reads the 16 kHz ring with its own cursor. The kit is loaded when it is first needed."""

    def __init__(
        self, load_kit: Callable[[], WordKit], emit: Callable[[Event], None], *, skip_late: bool = True
    ) -> None:
        self._load_kit = load_kit
        self._emit = emit
        self._skip_late = skip_late
        self._kit: WordKit | None = None
        self._spotter: Spotter | None = None
        self._words: tuple[WordModel, ...] = ()
        self._watch, self._landmarks = Watch(0), LandmarkBank(())
        self._ring: SharedRing | None = None
        self._next = FIRST
        self._catcher: TakeCatcher | None = None
        self._catching: messages.HearTake | None = None
        self._caught_to = 0
        self._room: Room | None = None
        self._embedded_room: EmbeddedRoom | None = None
        self._room_catcher: RoomCatcher | None = None
        self._clip: ClipSpotting | None = None
        self._playing = False
        self._deaf_to = 0  # in the stream: what the speakers played may be heard up to here

    @property
    def busy(self) -> bool:
        """Whether a clip is being scored, so that the next `step` has something to do."""
        return self._clip is not None

    def begin(self, ring: SharedRing, played: int = ECHO) -> None:
        """A new stream; the speakers fell silent `played` samples ago."""
        since = self._ring.written - self._deaf_to if self._ring is not None else WINDOW
        # A stream that begins anew brings up to a second along, in which the speakers may still be heard.
        self._deaf_to = max(0, MODEL_RATE - since, ECHO - played)
        self._ring = ring
        if self._catching is not None:
            self._start_catching(self._catching, ring)
        if self._room_catcher is not None:
            self._room_catcher.begin(ring)
        self._next = FIRST
        if self._spotter is not None:
            self._spotter.reset()

    def speakers(self, *, playing: bool) -> None:
        """What they play must neither trigger nor teach a word: to be told when it begins and when it ends."""
        self._hear_speakers()
        self._playing = playing

    def _hear_speakers(self) -> None:
        if self._ring is not None and self._playing:
            self._deaf_to = self._ring.written + ECHO

    def give_up(self) -> None:
        """The models failed: what was waited for will not come, and until the next stream nothing is heard."""
        command, self._catching = self._catching, None
        self._ring = self._catcher = self._clip = None
        self._end_room()
        if command is not None:
            self._emit(TakeMade(command.ticket, None))

    def end(self) -> None:
        """The stream has ended: what is left of it is heard, a waiting take is given up."""
        try:
            self.step()
            self._hear_short()
        finally:
            if self._catcher is not None:
                self._caught(self._catcher.finish())
            self._end_room()
            self._ring = self._catcher = self._catching = None

    def handle(self, command: messages.Command) -> None:
        match command:
            case messages.Teach(words):
                self._words = words
                if self._spotter is not None:
                    self._spotter.teach(words)
            case Watch(number, landmarks, frames):
                self._watch, self._landmarks = command, LandmarkBank(landmarks)
                if self._spotter is not None:
                    self._spotter.watch(number, self._landmarks, frames=frames)
            case Examine(ticket, samples):
                embedder = self._need_kit().embedder
                window = window_before(samples, len(samples))
                self._emit(Examined(ticket, embedder.embed(window), embedder.frame))
            case messages.MakeTake(ticket, label, samples, span):
                self._emit(TakeMade(ticket, self._need_kit().take(label, samples, span, self._need_room())))
            case UseRoom(room):
                self._room, self._embedded_room = room, None
            case MakeAnew(ticket, take):
                self._emit(TakeMade(ticket, self._need_kit().anew(take, self._need_room())))
            case EmbedRoom(ticket, room):
                self._emit(RoomEmbedded(ticket, encoded(embed_room(self._need_kit().embedder, room).windows)))
            case HearRoom():
                self._room_catcher = RoomCatcher(command, self._emit)
                if self._ring is None:
                    self._end_room()
                else:
                    self._room_catcher.begin(self._ring)
            case CancelRoom():
                self._room_catcher = None
            case messages.HearTake():
                if self._catching is not None:  # only one is waited for
                    self._caught(None)
                if self._ring is None:  # the source was closed in the meantime
                    self._emit(TakeMade(command.ticket, None))
                else:
                    self._start_catching(command, self._ring)
            case messages.SpotClip(ticket, samples):
                spotter = self._new_spotter(frames=False)  # those of hours would fill the memory
                total = hops_of(len(samples))
                self._clip = ClipSpotting(ticket, spot_hops(spotter, samples), total)
            case messages.CancelSpot():
                self._clip = None
            case _:
                raise TypeError(f"not for the listener: {command}")

    def step(self) -> None:
        """Spot and catch in what has arrived, and score a little more of a clip."""
        if self._clip is not None:
            self._score(self._clip)
        ring = self._ring
        if ring is None:
            return
        self._hear_speakers()
        if self._catcher is not None:
            self._catch(ring)
        if self._room_catcher is not None:
            self._room_catcher.feed(ring, self._deaf_to, playing=self._playing)
            if self._room_catcher.ended:
                self._room_catcher = None
        if not self._words:
            self._next = max(FIRST, ring.written // HOP * HOP + HOP)
            return
        if self._spotter is None:
            self._spotter = self._new_spotter(frames=self._watch.frames)
        left = MOST_HOPS if self._skip_late else -1
        while self._next <= ring.written and left:
            left -= 1
            newest = ring.written // HOP * HOP
            late = (newest - self._next) // HOP
            skipped = late if self._skip_late and late > MOST_LATE_HOPS else 0
            index = self._next + skipped * HOP
            muted = self._playing or max(0, index - WINDOW) < self._deaf_to
            frame, detections = self._spotter.feed(self._window(ring, index), index, skipped, muted=muted)
            self._next = index + HOP
            lag = (ring.written - index) / MODEL_RATE * 1e3
            self._emit(Spotted(frame, tuple(detections), lag))

    def _hear_short(self) -> None:
        """All of a stream that has ended before there was enough of it, as if silence followed."""
        ring = self._ring
        if ring is None or not self._words or not 0 < ring.written < LEAST:
            return
        if self._spotter is None:
            self._spotter = self._new_spotter(frames=self._watch.frames)
        samples = np.pad(ring.read(0, ring.written), (0, LEAST - ring.written))
        for index in range(self._next, LEAST + 1, HOP):
            muted = self._playing or max(0, index - WINDOW) < self._deaf_to
            frame, detections = self._spotter.feed(window_before(samples, index), index, muted=muted)
            self._emit(Spotted(frame, tuple(detections), 0.0))

    def _new_spotter(self, *, frames: bool) -> Spotter:
        spotter = Spotter(self._need_kit().embedder, self._words)
        spotter.watch(self._watch.number, self._landmarks, frames=frames)
        return spotter

    def _score(self, clip: ClipSpotting) -> None:
        if clip.step(LIVE_CLIP_HOPS if self._ring is not None else CLIP_HOPS):
            self._clip = None
            self._emit(clip.result)
        else:
            self._emit(clip.progress)

    def _window(self, ring: SharedRing, index: int) -> NDArray[np.float32]:
        window = np.zeros(WINDOW, np.float32)
        part = ring.read(max(0, index - WINDOW), index)
        window[WINDOW - len(part) :] = part
        return window

    def _start_catching(self, command: messages.HearTake, ring: SharedRing) -> None:
        self._catching = command
        self._catcher = TakeCatcher()
        self._caught_to = max(0, ring.written - PRE_ROLL)

    def _catch(self, ring: SharedRing) -> None:
        assert self._catcher is not None and self._catching is not None
        stop = ring.written
        if self._playing or self._caught_to < self._deaf_to:  # wait for somebody in the room
            self._catcher = TakeCatcher()
            self._caught_to = min(stop, max(self._caught_to, self._deaf_to))
            if self._playing or stop <= self._deaf_to:
                return
        clip = self._catcher.feed(ring.read(self._caught_to, stop))
        self._caught_to = stop
        if self._catcher.ended:
            self._caught(clip)

    def _caught(self, clip: NDArray[np.float32] | None) -> None:
        command, self._catching, self._catcher = self._catching, None, None
        assert command is not None
        take = None if clip is None else self._need_kit().take(command.label, clip, room=self._need_room())
        self._emit(TakeMade(command.ticket, take))

    def _end_room(self) -> None:
        """What was heard of the room is all that will be."""
        catcher, self._room_catcher = self._room_catcher, None
        if catcher is not None:
            catcher.finish()

    def _need_room(self) -> EmbeddedRoom | None:
        if self._room is not None and self._embedded_room is None:
            self._embedded_room = embed_room(self._need_kit().embedder, self._room)
        return self._embedded_room

    def _need_kit(self) -> WordKit:
        if self._kit is None:
            self._kit = self._load_kit()
        return self._kit
