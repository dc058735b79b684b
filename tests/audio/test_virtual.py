"""The virtual microphone: in real time by its clock, or by hand; a pause holds the clip."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from labbench.audio.ring import SharedRing
from labbench.audio.virtual import VirtualMicrophone

RATE = 1000
CLIP = np.arange(5 * RATE, dtype=np.float32)


@pytest.fixture
def ring() -> Iterator[SharedRing]:
    made = SharedRing.create(RATE, 10.0)
    yield made
    made.close()


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def microphone(ring: SharedRing, clock: Clock) -> VirtualMicrophone:
    made = VirtualMicrophone(CLIP, RATE, "clip", clock=clock)
    made.start(ring)
    return made


def test_it_keeps_time_with_the_clock(microphone: VirtualMicrophone, ring: SharedRing, clock: Clock) -> None:
    for seconds in (0.0, 0.3, 0.9, 1.7):
        clock.now = 50.0 + seconds
        assert microphone.poll()
        assert ring.written == round(seconds * RATE)


def test_in_a_pause_the_clip_waits(microphone: VirtualMicrophone, ring: SharedRing, clock: Clock) -> None:
    clock.now += 0.5
    microphone.poll()
    clock.now += 0.1  # what is due when the pause begins still comes
    microphone.pause(True)
    microphone.pause(True)
    for _ in range(3):
        clock.now += 1.0
        assert microphone.poll()
    assert ring.written == 600
    microphone.pause(False)
    microphone.pause(False)
    clock.now += 0.2
    microphone.poll()
    assert np.array_equal(ring.read(0, ring.written), CLIP[:800])


def test_after_a_hold_up_it_gives_a_second_at_once_and_no_more(
    microphone: VirtualMicrophone, ring: SharedRing, clock: Clock
) -> None:
    clock.now += 3.0
    for count in (1, 2, 3, 3):
        microphone.poll()
        assert ring.written == count * RATE


def test_in_a_hurry_each_look_brings_a_second_whatever_the_clock_says(ring: SharedRing, clock: Clock) -> None:
    hurried = VirtualMicrophone(CLIP[: RATE * 5 // 2], RATE, "clip", hurried=True, clock=clock)
    hurried.start(ring)
    for count in (RATE, 2 * RATE):
        assert hurried.poll() and ring.written == count
    hurried.pause(True)
    assert hurried.poll() and ring.written == 2 * RATE
    hurried.pause(False)
    assert not hurried.poll()
    assert np.array_equal(ring.read(0, ring.written), CLIP[: RATE * 5 // 2])


def test_it_ends_with_its_last_sample_or_when_it_is_told_to(ring: SharedRing) -> None:
    stepped = VirtualMicrophone(CLIP[:300], RATE, "clip", stepped=True)
    assert not stepped.poll(), "it has not begun"
    stepped.start(ring)
    stepped.advance(0.2)
    assert stepped.poll()
    stepped.pause(True)
    stepped.advance(0.2)
    assert stepped.poll() and ring.written == 200
    stepped.pause(False)
    stepped.advance(0.2)
    assert not stepped.poll() and ring.written == 300
    other = VirtualMicrophone(CLIP, RATE, "clip", stepped=True)
    other.start(ring)
    other.finish()
    assert not other.poll() and ring.written == 300
    other.close()
    other.close()


def test_a_paced_clip_arrives_whole_without_being_asked_and_can_be_paused(qapp: object) -> None:
    from labbench.audio.virtual import PacedMicrophone
    from labbench.jobs.waiting import wait_until

    rate = 16_000
    clip = np.sin(np.arange(rate // 2) / 7.0).astype(np.float32)
    ring = SharedRing.create(rate, 2.0)
    source = PacedMicrophone(clip, rate, "clip")
    try:
        source.start(ring)
        assert wait_until(lambda: ring.written > rate // 10, 10), "nobody polls"
        source.pause(True)
        held = ring.written
        assert not wait_until(lambda: ring.written > held, 0.1) and source.poll()
        source.pause(False)
        assert wait_until(lambda: not source.poll(), 10)
        assert np.array_equal(ring.read(0, ring.written), clip), "nothing missing, nothing doubled"
    finally:
        source.close()
        source.close()
        ring.close()
