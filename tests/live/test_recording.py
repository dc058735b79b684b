"""Recording through the ear: all of it is on disk, also when the process is killed or the disk is full."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.interruption import Interruption
from labbench.audio.recorder import Recorder
from labbench.audio.ring import SharedRing
from labbench.audio.source import FileSpec
from labbench.core.errors import LabBenchError
from labbench.live import messages
from labbench.live.ear_process import EarInProcess, EarProcess
from labbench.session.store import Session, interrupted_sessions

RATE = 22_050
SECONDS = 20


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slow sweep: every stretch of it is unlike the others."""
    seconds = np.arange(SECONDS * RATE) / RATE
    path = tmp_path_factory.mktemp("clip") / "sweep.wav"
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * (100 + 20 * seconds) * seconds), RATE, subtype="FLOAT")
    return path


@pytest.fixture
def ear() -> Iterator[EarInProcess]:
    made = EarInProcess()
    yield made
    made.close()


def closed_in(events: list[messages.Event]) -> messages.Closed:
    (closed,) = [event for event in events if isinstance(event, messages.Closed)]
    return closed


def test_the_recording_is_the_clip_and_grows_with_it(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "take.wav"
    samples = read_clip(clip).samples
    ear.send(messages.Open(FileSpec(clip, "sweep", stepped=True), target))
    (opened,) = ear.poll()
    assert isinstance(opened, messages.Opened)
    assert (opened.rate, opened.record_to) == (RATE, target)
    for _ in range(4):
        ear.send(messages.Advance(0.37))
        ear.poll()
        recorded, _ = soundfile.read(target, dtype="float32")
        assert np.allclose(recorded, samples[: len(recorded)], atol=1e-4)
    ear.send(messages.Close())
    closed = closed_in(ear.poll())
    assert closed.frames == len(recorded) == 4 * round(0.37 * RATE)
    assert closed.reason == ""


def test_both_rings_hold_the_sound_until_the_next_source(ear: EarInProcess, clip: Path) -> None:
    samples = read_clip(clip).samples
    ear.send(messages.Open(FileSpec(clip, "sweep", stepped=True)))
    (opened,) = ear.poll()
    assert isinstance(opened, messages.Opened)
    ear.send(messages.Advance(0.8))
    ear.poll()
    ear.send(messages.Close())
    for name, rate in ((opened.ring, RATE), (opened.model_ring, 16_000)):
        ring = SharedRing.attach(name)
        assert ring.rate == rate
        assert ring.written == pytest.approx(0.8 * rate, abs=1)
        if rate == RATE:
            assert np.array_equal(ring.read(0, ring.written), samples[: ring.written])
        ring.close()
    ear.send(messages.Open(FileSpec(clip, "sweep", stepped=True)))
    with pytest.raises(LabBenchError):
        SharedRing.attach(opened.ring)


def test_an_existing_file_is_trouble_and_stays(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "take.wav"
    target.write_bytes(b"mine")
    ear.send(messages.Open(FileSpec(clip, "sweep", stepped=True), target))
    (trouble,) = ear.poll()
    assert isinstance(trouble, messages.Refused)
    assert target.read_bytes() == b"mine"


def test_a_missing_source_is_trouble_and_leaves_no_file(ear: EarInProcess, tmp_path: Path) -> None:
    ear.send(messages.Open(FileSpec(tmp_path / "none.wav", "none"), tmp_path / "take.wav"))
    (trouble,) = ear.poll()
    assert isinstance(trouble, messages.Refused)
    assert not (tmp_path / "take.wav").exists()


def events_of(ear: EarInProcess, *commands: messages.Command) -> list[messages.Event]:
    events: list[messages.Event] = []
    for command in commands:
        ear.send(command)
        events += ear.poll()
    return events


def test_what_was_only_listened_to_is_recorded_from_a_second_ago_on(
    ear: EarInProcess, clip: Path, tmp_path: Path
) -> None:
    samples, target = read_clip(clip).samples, tmp_path / "take.wav"
    source = FileSpec(clip, "sweep", stepped=True)
    events_of(ear, messages.Open(source), messages.Advance(0.9), messages.Advance(0.9))
    (opened,) = events_of(ear, messages.Record(target))
    assert isinstance(opened, messages.Opened)
    assert (opened.record_to, opened.first) == (target, round(0.8 * RATE))
    assert soundfile.info(target).frames == RATE, "what came before is on disk at once"
    assert events_of(ear, messages.Record(tmp_path / "other.wav")) == [], "it is recorded already"
    closed = closed_in(events_of(ear, messages.Advance(0.5), messages.Close()))
    assert closed.record_to == target and closed.frames == round(1.5 * RATE)
    recorded, _ = soundfile.read(target, dtype="float32")
    assert np.allclose(recorded, samples[opened.first : opened.first + closed.frames], atol=1e-4)
    assert not (tmp_path / "other.wav").exists()


def test_less_than_a_second_is_all_that_was_heard(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    source = FileSpec(clip, "sweep", stepped=True)
    events_of(ear, messages.Open(source), messages.Advance(0.25))
    (opened,) = events_of(ear, messages.Record(tmp_path / "take.wav"))
    assert isinstance(opened, messages.Opened) and opened.first == 0
    assert closed_in(events_of(ear, messages.Close())).frames == round(0.25 * RATE)


def test_a_recording_that_cannot_begin_leaves_the_microphone_as_it_is(
    ear: EarInProcess, clip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "take.wav"
    target.write_bytes(b"mine")
    source = FileSpec(clip, "sweep", stepped=True)
    events_of(ear, messages.Open(source), messages.Advance(0.5), messages.Pause(True))
    (trouble,) = events_of(ear, messages.Record(target))
    assert isinstance(trouble, messages.Trouble) and target.read_bytes() == b"mine"
    closed = closed_in(events_of(ear, messages.Advance(0.5), messages.Close()))
    assert closed.frames == round(0.5 * RATE), "still paused"


def test_a_pause_is_marked_where_the_take_goes_on(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    samples, target = read_clip(clip).samples, tmp_path / "take.wav"
    source = FileSpec(clip, "sweep", stepped=True)
    pause, go_on = messages.Pause(True), messages.Pause(False)
    some = messages.Advance(0.4)
    events = events_of(ear, messages.Open(source, target), some, pause, some, pause, some, go_on, go_on, some)
    mark = Interruption(round(0.4 * RATE), 0, "pause")
    assert [event.interruption for event in events if isinstance(event, messages.Interrupted)] == [mark]
    closed = closed_in(events_of(ear, pause, some, messages.Close()))
    assert closed.interruptions == (mark,), "a pause that the end came in interrupts nothing"
    assert (closed.overruns, closed.frames) == (0, 2 * round(0.4 * RATE))
    recorded, _ = soundfile.read(target, dtype="float32")
    assert np.allclose(recorded, samples[: closed.frames], atol=1e-4), "the clip waits in a pause"


def test_a_pause_within_the_pre_roll_is_marked_too(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    source = FileSpec(clip, "sweep", stepped=True)
    commands = [messages.Open(source), messages.Advance(1.2), messages.Pause(True), messages.Pause(False)]
    events_of(ear, *commands, messages.Advance(0.3), messages.Pause(True))
    _, opened, *interrupted = events_of(ear, messages.Record(tmp_path / "take.wav"))
    assert isinstance(opened, messages.Opened), "before it comes what still belongs to the old stream"
    marks = (Interruption(round(0.7 * RATE), 0, "pause"), Interruption(RATE, 0, "pause"))
    assert tuple(event.interruption for event in interrupted) == marks  # type: ignore[union-attr]
    assert closed_in(events_of(ear, messages.Close())).interruptions == marks


def test_a_take_that_is_waited_for_goes_on_when_recording_begins(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    source = FileSpec(clip, "sweep", stepped=True)
    commands = [messages.Open(source), *[messages.Advance(1.0)] * 3, messages.HearTake(1, "Take")]
    events = events_of(ear, *commands, messages.Record(tmp_path / "take.wav"), messages.Advance(0.1))
    assert not [event for event in events if isinstance(event, messages.Trouble | messages.TakeMade)]


def test_an_empty_recording_leaves_no_file(ear: EarInProcess, clip: Path, tmp_path: Path) -> None:
    target = tmp_path / "take.wav"
    events = events_of(ear, messages.Open(FileSpec(clip, "sweep", stepped=True), target), messages.Close())
    closed = closed_in(events)
    assert closed.record_to is None and not target.exists()


def test_a_full_disk_ends_the_recording_with_its_reason(
    ear: EarInProcess, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "take.wav"
    write = Recorder.write

    def write_until_full(recorder: Recorder, block: np.ndarray) -> None:
        if recorder.frames + len(block) > RATE:
            raise LabBenchError("No room is left on the disk for take.wav.", "Free some space.")
        write(recorder, block)

    monkeypatch.setattr(Recorder, "write", write_until_full)
    ear.send(messages.Open(FileSpec(clip, "sweep", stepped=True), target))
    events: list[messages.Event] = []
    for _ in range(10):
        ear.send(messages.Advance(0.2))
        events += ear.poll()
    closed = closed_in(events)
    assert closed.reason.startswith("No room")
    assert closed.hint
    samples, _ = soundfile.read(target, dtype="float32")
    assert closed.frames == len(samples) == RATE


def test_killed_in_the_middle_of_a_recording(clip: Path, tmp_path: Path) -> None:
    session = Session.new(tmp_path)
    target = session.next_recording()
    ear = EarProcess()
    opened: messages.Opened | None = None
    try:
        ear.send(messages.Open(FileSpec(clip, "sweep"), target))
        assert ear._connection is not None
        assert ear._connection.poll(30)
        (opened,) = ear.poll()  # type: ignore[assignment]
        assert isinstance(opened, messages.Opened)
        ring = SharedRing.attach(opened.ring)
        while ring.written < RATE:  # a second has come in real time
            assert not wait([ear._connection], 0.05), "the ear ended"
        assert ear.pid is not None
        heard = ring.written
        os.kill(ear.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        assert ear._connection.poll(30)
        assert isinstance(ear.poll()[-1], messages.Lost)
        assert ear.pid is None
    finally:
        ear.close()
    ring.close()
    assert opened is not None
    for name in (opened.ring, opened.model_ring):  # whoever is killed cannot remove them, so the near side did
        with pytest.raises(LabBenchError):
            SharedRing.attach(name)
    assert [one.folder for one in interrupted_sessions(tmp_path)] == [session.folder]
    (recording,) = session.recover()
    samples, rate = soundfile.read(target, dtype="float32")
    assert rate == recording.rate == RATE
    assert len(samples) == recording.frames >= heard - RATE // 2
    assert np.allclose(samples, read_clip(clip).samples[: len(samples)], atol=1e-4)
    assert recording.recovered
    assert interrupted_sessions(tmp_path) == []
