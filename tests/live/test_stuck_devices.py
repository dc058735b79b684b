"""A device that can't be closed, or never answers: the recording is kept, and the next one works in a new process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from labbench.audio.player import PlaySpec
from labbench.audio.ring import SharedRing
from labbench.audio.source import AudioSource, DeviceSpec, SourceSpec
from labbench.audio.virtual import PacedMicrophone
from labbench.core.errors import LabBenchError
from labbench.core.patience import Patience
from labbench.jobs.waiting import wait_until
from labbench.live import messages
from labbench.live.ear_process import EarProcess
from labbench.live.equipment import Equipment
from labbench.testing.silence import never_changes, no_devices

RATE = 16_000
NOISE = np.random.default_rng(7).uniform(-0.5, 0.5, 60 * RATE).astype(np.float32)


class StuckMicrophone(PacedMicrophone):
    """Can't be closed: PortAudio waits for its own thread."""

    def close(self) -> None:
        super().close()
        self.stuck = True


class StuckOutput:
    rate, latency = RATE, 0.0

    def write(self, block: NDArray[np.float32]) -> None:
        """Heard at once."""

    def close(self) -> bool:
        return False


def open_stuck(device: str | None) -> StuckOutput:
    return StuckOutput()


def never_opens(device: str | None) -> StuckOutput:
    threading.Event().wait(60)
    raise LabBenchError("The test has ended.")


class Headset(Equipment):
    """Noise as a device; the one named stuck can't be closed."""

    def open_source(self, spec: SourceSpec, *, refresh: bool = True) -> AudioSource:
        assert isinstance(spec, DeviceSpec)
        kind = StuckMicrophone if spec.device == "stuck" else PacedMicrophone
        return kind(NOISE, RATE, "Headset")


@pytest.fixture
def make_ear(qapp: object) -> Iterator[object]:
    ears = []

    def make(**equipment: object) -> EarProcess:
        ears.append(EarProcess(Headset(list_devices=no_devices, fingerprint=never_changes, **equipment)))  # type: ignore[arg-type]
        return ears[-1]

    yield make
    for ear in ears:
        ear.close()


def until(ear: EarProcess, events: list[messages.Event], kind: type, count: int = 1) -> list:
    def come() -> bool:
        events.extend(ear.poll())
        return sum(isinstance(event, kind) for event in events) >= count

    assert wait_until(come, 20), events
    return [event for event in events if isinstance(event, kind)]


def until_heard(opened: messages.Opened, frames: int) -> None:
    ring = SharedRing.attach(opened.ring)
    try:
        assert wait_until(lambda: ring.written >= frames, 20)
    finally:
        ring.close()


def test_what_is_asked_of_an_ear_that_leaves_is_done_by_the_next(make_ear, tmp_path: Path) -> None:
    """Record is pressed again before the window can know that the first process leaves."""
    ear, events, first, second = make_ear(), [], tmp_path / "1.wav", tmp_path / "2.wav"
    ear.send(messages.Open(DeviceSpec("stuck"), first))
    (opened,) = until(ear, events, messages.Opened)
    pid = ear.pid
    until_heard(opened, RATE // 4)
    for command in (messages.Close(), messages.ListDevices(), messages.Open(DeviceSpec("good"), second)):
        ear.send(command)
    opened = until(ear, events, messages.Opened, 2)[1]
    assert opened.record_to == second and ear.pid not in (pid, None)
    until_heard(opened, RATE // 4)
    ear.send(messages.Close())
    closed = until(ear, events, messages.Closed, 2)
    assert [soundfile.info(path).frames for path in (first, second)] == [one.frames for one in closed]
    assert not any(isinstance(event, messages.Lost | messages.Trouble | messages.Refused) for event in events)


def test_a_loudspeaker_that_can_not_be_closed_waits_for_the_recording_to_end(make_ear, tmp_path: Path) -> None:
    ear, events, take = make_ear(open_output=open_stuck), [], tmp_path / "take.wav"
    ear.send(messages.Open(DeviceSpec("good"), take))
    (opened,) = until(ear, events, messages.Opened)
    pid = ear.pid
    ear.send(messages.Play(1, PlaySpec(None, samples=NOISE[:800], rate=RATE)))
    assert wait_until(lambda: until(ear, events, messages.Played)[-1].ended, 20)
    ring = SharedRing.attach(opened.ring)
    heard = ring.written
    ring.close()
    until_heard(opened, heard + RATE // 4)  # the recording goes on, in the same process
    assert ear.pid == pid
    ear.send(messages.Close())
    (closed,) = until(ear, events, messages.Closed)
    assert soundfile.info(take).frames == closed.frames > heard
    ear.send(messages.Open(DeviceSpec("good"), tmp_path / "next.wav"))
    until(ear, events, messages.Opened, 2)
    assert ear.pid not in (pid, None)
    assert not any(isinstance(event, messages.Lost | messages.Trouble) for event in events)


def test_a_device_that_never_answers_ends_the_process_and_not_the_recording(make_ear, tmp_path: Path) -> None:
    """What was heard up to that moment is on disk, also what came while the device was waited for."""
    ear, events, take = make_ear(open_output=never_opens, answer_seconds=0.5), [], tmp_path / "take.wav"
    ear.send(messages.Open(DeviceSpec("good"), take))
    (opened,) = until(ear, events, messages.Opened)
    until_heard(opened, RATE // 4)
    ring = SharedRing.attach(opened.ring)
    ear.send(messages.Play(1, PlaySpec(None, samples=NOISE[:800], rate=RATE)))
    asked = ring.written
    (lost,) = until(ear, events, messages.Lost)
    ring.close()
    assert "does not answer" in lost.message and "Record again" in lost.hint
    samples, _ = soundfile.read(take, dtype="float32")
    assert len(samples) >= asked + round(0.3 * RATE)
    assert np.allclose(samples, NOISE[: len(samples)], atol=1e-4)
    ear.send(messages.Open(DeviceSpec("good"), tmp_path / "next.wav"))
    until(ear, events, messages.Opened, 2)


def test_the_next_ear_knows_the_words(make_ear) -> None:
    """They were taught once, to the first."""
    ear, events, taught = make_ear(), [], messages.Teach(())
    ear.send(taught)
    ear.send(messages.Open(DeviceSpec("stuck")))
    until(ear, events, messages.Opened)
    pid = ear.pid
    ear.send(messages.Close())
    until(ear, events, messages.Closed)
    assert wait_until(lambda: ear.poll() is not None and ear.pid not in (pid, None), 20)
    assert list(ear._sent) == [taught]


def test_patience_gives_up_once_and_only_late() -> None:
    called = threading.Event()
    patience = Patience(called.set)
    for _ in range(3):
        with patience.within(60.0):
            pass
    assert not called.is_set()
    with patience.within(0.01):
        assert called.wait(10)
    ended = threading.Event()
    Patience(ended.set).expect_end(0.01)
    assert ended.wait(10)
