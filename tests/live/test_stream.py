"""The stream between ring, disk and models: what came too fast becomes silence of the same length, and is marked."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.audio.interruption import Interruption
from labbench.audio.recorder import Recorder
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError
from labbench.live import stream as stream_module
from labbench.live.stream import Stream

RATE = 1000
CAPACITY = 4 * RATE


@pytest.fixture(autouse=True)
def small_model_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "MODEL_RING_SECONDS", 20.0)


@pytest.fixture
def ring() -> Iterator[SharedRing]:
    made = SharedRing.create(RATE, CAPACITY / RATE)
    yield made
    made.close()


class Device:
    """Writes a stream in which every sample tells its own index, and which is nowhere 0."""

    def __init__(self, ring: SharedRing) -> None:
        self._ring = ring

    def write(self, count: int) -> None:
        for _ in range(0, count, RATE):
            part = min(RATE, count)
            self._ring.write(content(self._ring.written, self._ring.written + part))
            count -= part


def content(start: int, stop: int) -> np.ndarray:
    return ((np.arange(start, stop) % 30_000 + 1) / 32768).astype(np.float32)


def recorded(path: Path) -> np.ndarray:
    samples, _ = soundfile.read(path, dtype="float32")
    return np.asarray(samples)


def assert_accounted_for(path: Path, stream: Stream, written: int) -> None:
    """The take is as long as what was written; it is the same but in its gaps, which are silent and all marked."""
    take = recorded(path)
    expected = content(stream.first, written)
    gaps = [one for one in stream.interruptions if one.kind == "gap"]
    for gap in gaps:
        assert not take[gap.at : gap.at + gap.frames].any()
        expected[gap.at : gap.at + gap.frames] = 0
    assert len(take) == stream.frames == written - stream.first
    assert np.array_equal(take, expected), "outside of its gaps it is what was written"


def test_a_writer_that_comes_round_leaves_a_gap_of_the_right_length(ring: SharedRing, tmp_path: Path) -> None:
    told: list[Interruption] = []
    recorder = Recorder(tmp_path / "take.wav", RATE)
    stream = Stream(ring, 0, recorder, told.append)
    device = Device(ring)
    try:
        device.write(1500)
        stream.pump()
        device.write(3 * CAPACITY)
        stream.pump()
        device.write(700)
        stream.pump()
        stream.flush()
        assert stream.model_ring.written == pytest.approx(16 * stream.frames, abs=16)
    finally:
        recorder.close()
        stream.close()
    margin = RATE
    assert told == stream.interruptions == [Interruption(1500, 2 * CAPACITY + margin, "gap")]
    assert stream.losses == 1
    assert_accounted_for(tmp_path / "take.wav", stream, 1500 + 3 * CAPACITY + 700)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 3 * CAPACITY), min_size=1, max_size=6))
def test_every_frame_is_accounted_for_however_fast_they_come(
    tmp_path_factory: pytest.TempPathFactory, bursts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("take") / "take.wav"
    ring = SharedRing.create(RATE, CAPACITY / RATE)
    recorder = Recorder(path, RATE)
    stream = Stream(ring, 0, recorder, lambda _: None)
    try:
        for burst in bursts:
            Device(ring).write(burst)
            stream.pump()
    finally:
        recorder.close()
        stream.close()
        ring.close()
    assert stream.losses == sum(burst > CAPACITY for burst in bursts)
    assert_accounted_for(path, stream, sum(bursts))


def test_a_writer_that_overtakes_while_we_catch_up(
    ring: SharedRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each second that goes to disk lets three more come: the margin grows until what is read is still there."""
    recorder = Recorder(tmp_path / "take.wav", RATE)
    stream = Stream(ring, 0, recorder, lambda _: None)
    device = Device(ring)
    write, left = recorder.write, [6]

    def slow_disk(block: np.ndarray) -> None:
        if left[0]:
            left[0] -= 1
            device.write(3 * RATE)
        write(block)

    monkeypatch.setattr(recorder, "write", slow_disk)
    try:
        device.write(CAPACITY)
        for _ in range(5):
            stream.pump()
    finally:
        recorder.close()
        stream.close()
    assert stream.losses >= 2 and left[0] == 0
    assert_accounted_for(tmp_path / "take.wav", stream, CAPACITY + 18 * RATE)


def test_losses_of_the_device_are_marked_at_their_place(ring: SharedRing) -> None:
    told: list[Interruption] = []
    ring.count_overrun()  # before the stream: not its own
    Device(ring).write(300)
    stream = Stream(ring, 300, None, told.append)
    try:
        Device(ring).write(200)
        ring.count_overrun()
        Device(ring).write(200)
        stream.pump()
        ring.count_overrun()
        stream.pump()
        stream.pump()
    finally:
        stream.close()
    assert told == [Interruption(200, 0, "overrun"), Interruption(400, 0, "overrun")]
    assert stream.losses == 2


def test_very_many_losses_are_counted_though_not_all_are_named(
    ring: SharedRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "MOST_INTERRUPTIONS", 3)
    stream = Stream(ring, 0, None, lambda _: None)
    try:
        for _ in range(70):
            Device(ring).write(1)
            ring.count_overrun()
        stream.pump()
        Device(ring).write(2 * CAPACITY)
        stream.pump()
    finally:
        stream.close()
    assert len(stream.interruptions) == 3
    assert stream.losses == 71


def test_a_stream_that_begins_anew_knows_what_happened_in_its_pre_roll(ring: SharedRing) -> None:
    old = Stream(ring, 0, None, lambda _: None)
    device = Device(ring)
    device.write(500)
    ring.count_overrun()
    device.write(1500)
    old.pump()
    old.note("pause", old.frames)
    ring.count_overrun()
    device.write(300)
    old.pump()
    new = Stream(ring, 1300, None, lambda _: None, before=old)
    try:
        new.pump()
        device.write(100)
        ring.count_overrun()
        new.pump()
        assert new.interruptions == [
            Interruption(700, 0, "pause"),
            Interruption(700, 0, "overrun"),
            Interruption(1100, 0, "overrun"),
        ]
        assert (old.losses, new.losses) == (2, 2)
    finally:
        old.close()
        new.close()


def test_after_the_disk_failed_nothing_more_is_written(
    ring: SharedRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A take that went on behind a hole would be worse than one that ends."""
    recorder = Recorder(tmp_path / "take.wav", RATE)
    stream = Stream(ring, 0, recorder, lambda _: None)
    device, write = Device(ring), recorder.write
    try:
        device.write(600)
        stream.pump()

        def fail(block: np.ndarray) -> None:
            raise LabBenchError("No room", "") from OSError(errno.ENOSPC, "")

        monkeypatch.setattr(recorder, "write", fail)
        device.write(100)
        with pytest.raises(LabBenchError, match="No room"):
            stream.pump()
        monkeypatch.setattr(recorder, "write", write)
        device.write(100)
        ring.count_overrun()
        stream.pump()
        stream.flush()
    finally:
        recorder.close()
        stream.close()
    assert stream.frames == 600 and not stream.interruptions
    assert np.array_equal(recorded(tmp_path / "take.wav"), content(0, 600))
