"""The room as the ear hears it: so many seconds without what the speakers play; takes are made anew in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.equipment import load_word_kit
from labbench.live.listener import ECHO, Listener, WordKit
from labbench.live.messages import Event, TakeMade
from labbench.live.room_messages import CancelRoom, HearRoom, MakeAnew, RoomHeard, UseRoom
from labbench.models.moonshine_files import moonshine_assets
from labbench.wakeword.room import room_of

TAKE = assets() / "clips" / "takes" / "computer_1.flac"


@pytest.fixture(scope="module")
def kit() -> WordKit:
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
    return load_word_kit()


@pytest.fixture
def ring() -> Iterator[SharedRing]:
    made = SharedRing.create(MODEL_RATE, 20.0)
    yield made
    made.close()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def listener(events: list[Event]) -> Listener:
    def no_kit() -> WordKit:
        raise AssertionError("hearing a room needs no model")

    return Listener(no_kit, events.append)


def counted(start: int, count: int) -> np.ndarray:
    """Each sample says which one of the stream it is."""
    return np.arange(start, start + count, dtype=np.float32)


def feed(listener: Listener, ring: SharedRing, seconds: float, step: float = 0.25) -> None:
    for _ in range(round(seconds / step)):
        ring.write(counted(ring.written, round(step * MODEL_RATE)))
        listener.step()


def test_the_next_seconds_are_heard_with_progress(listener: Listener, ring: SharedRing, events: list[Event]) -> None:
    listener.begin(ring)
    feed(listener, ring, 2)
    listener.handle(HearRoom(5, 12.1))
    feed(listener, ring, 14)
    heard = [event for event in events if isinstance(event, RoomHeard)]
    assert [event.seconds for event in heard[:3]] == [0.25, 0.5, 0.75] and {event.ticket for event in heard} == {5}
    *progress, last = heard
    assert last.samples is not None and not any(event.ended for event in progress)
    assert np.array_equal(last.samples, counted(2 * MODEL_RATE, round(12.1 * MODEL_RATE)))


def test_what_the_speakers_play_is_left_out(listener: Listener, ring: SharedRing, events: list[Event]) -> None:
    listener.begin(ring)
    listener.handle(HearRoom(1, 4.0))
    feed(listener, ring, 2)
    listener.speakers(playing=True)
    feed(listener, ring, 3)
    listener.speakers(playing=False)
    feed(listener, ring, 5)
    (last,) = (event for event in events if isinstance(event, RoomHeard) and event.samples is not None)
    assert last.samples is not None
    after = 5 * MODEL_RATE + ECHO
    expected = np.concatenate([counted(0, 2 * MODEL_RATE), counted(after, 2 * MODEL_RATE)])
    assert np.array_equal(last.samples, expected)


def test_a_stream_that_ends_or_fails_gives_what_there_is(
    listener: Listener, ring: SharedRing, events: list[Event]
) -> None:
    listener.begin(ring)
    listener.handle(HearRoom(1, 30.0))
    feed(listener, ring, 3)
    listener.end()
    listener.handle(HearRoom(2, 30.0))  # nothing runs
    listener.begin(ring)
    listener.handle(HearRoom(3, 30.0))
    listener.give_up()
    ends = [event for event in events if isinstance(event, RoomHeard) and event.samples is not None]
    assert [(event.ticket, event.seconds) for event in ends] == [(1, 3.0), (2, 0.0), (3, 0.0)]


def test_what_was_cancelled_is_not_told(listener: Listener, ring: SharedRing, events: list[Event]) -> None:
    listener.begin(ring)
    listener.handle(HearRoom(1, 30.0))
    listener.handle(CancelRoom())
    feed(listener, ring, 3)
    listener.end()
    assert events == []


def test_a_second_take_that_is_waited_for_ends_the_first(
    listener: Listener, ring: SharedRing, events: list[Event]
) -> None:
    listener.begin(ring)
    listener.handle(messages.HearTake(1, "one"))
    listener.handle(messages.HearTake(2, "two"))
    assert events == [TakeMade(1, None)]
    listener.give_up()
    assert events[1:] == [TakeMade(2, None)]


def test_takes_are_made_in_the_room_that_is_used(kit: WordKit, events: list[Event]) -> None:
    listener, samples = Listener(lambda: kit, events.append), read_clip(TAKE).for_models()
    room = room_of(np.random.default_rng(0).normal(0, 0.02, 12 * MODEL_RATE).astype(np.float32))
    listener.handle(messages.MakeTake(1, "take", samples))
    listener.handle(UseRoom(room))
    listener.handle(messages.MakeTake(2, "take", samples))
    first, second = (event.take for event in events if isinstance(event, TakeMade))
    assert first is not None and second is not None
    listener.handle(MakeAnew(3, first))
    listener.handle(UseRoom(None))
    listener.handle(MakeAnew(4, second))
    third, fourth = (event.take for event in events[2:] if isinstance(event, TakeMade))
    assert third is not None and fourth is not None
    for one, other in ((first, fourth), (second, third)):
        for a, b in zip(one.templates, other.templates, strict=True):
            assert np.array_equal(a.frames, b.frames) and np.array_equal(a.room, b.room)
    assert [len(take.templates[1].room) for take in (first, second, third, fourth)] == [0, 11, 11, 0]
    assert not np.array_equal(first.templates[1].frames, second.templates[1].frames)
