"""Spotting live, in this process or another, gives what spotting the whole clip gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.live import messages
from labbench.live.ear_process import EarInProcess, EarProcess, make_ear
from labbench.live.equipment import Equipment, load_word_kit
from labbench.live.listener import CLIP_HOPS, Listener, WordKit
from labbench.models.moonshine_files import moonshine_assets
from labbench.wakeword.spotter import FIRST, HOP, Detection, SpotFrame, Spotter, spot_clip
from labbench.wakeword.words import TaughtWord, WordModel, model_of, with_take

CLIPS = paths.assets() / "clips"
RATE = 22_050
"""Of the clip as a file: another rate than the models', so that the resampler has its part in it."""


@pytest.fixture(scope="module")
def kit() -> WordKit:
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
    return load_word_kit()


@pytest.fixture(scope="module")
def word(kit: WordKit) -> WordModel:
    taught = TaughtWord("computer")
    for path in sorted((CLIPS / "takes").glob("computer_*.flac"))[:4]:
        taught = with_take(taught, kit.take(path.stem, read_clip(path).for_models()))
    return model_of(taught)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A taught take and one that was not, 2 s apart, in quiet noise."""
    samples = np.random.default_rng(0).normal(0.0, 3e-4, 5 * MODEL_RATE).astype(np.float32)
    for start, name in ((0.7, "computer_1"), (3.0, "computer_2")):
        take = read_clip(CLIPS / "takes" / f"{name}.flac").for_models()
        at = round(start * MODEL_RATE)
        samples[at : at + len(take)] += take
    path = tmp_path_factory.mktemp("clip") / "two words.wav"
    upsampled = np.interp(np.arange(5 * RATE) / RATE, np.arange(len(samples)) / MODEL_RATE, samples)
    soundfile.write(path, upsampled, RATE, subtype="FLOAT")
    return path


@pytest.fixture(scope="module")
def offline(kit: WordKit, word: WordModel, clip: Path) -> tuple[list[SpotFrame], list[Detection]]:
    frames, detections = spot_clip(Spotter(kit.embedder, (word,)), read_clip(clip).for_models())
    assert [detection.word for detection in detections] == ["computer", "computer"]
    assert detections[0].start == pytest.approx(0.9, abs=0.3)
    assert detections[1].start == pytest.approx(3.2, abs=0.3)
    return frames, detections


@pytest.fixture
def ear() -> Iterator[EarInProcess]:
    made = EarInProcess()
    yield made
    made.close()


def run(ear: EarInProcess, clip: Path, word: WordModel, step: float) -> list[messages.Event]:
    """Open the clip, and advance it until it ends."""
    ear.send(messages.Teach((word,)))
    ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
    events = ear.poll()
    while not any(isinstance(event, messages.Closed) for event in events):
        assert len(events) < 1000
        ear.send(messages.Advance(step))
        events += ear.poll()
    return events


def spotted(events: list[messages.Event]) -> tuple[list[SpotFrame], list[Detection]]:
    hops = [event for event in events if isinstance(event, messages.Spotted)]
    return [hop.frame for hop in hops], [detection for hop in hops for detection in hop.detections]


def assert_same(
    found: tuple[list[SpotFrame], list[Detection]], expected: tuple[list[SpotFrame], list[Detection]]
) -> None:
    assert [frame.index for frame in found[0]] == [frame.index for frame in expected[0]]
    assert np.allclose([f.distances for f in found[0]], [f.distances for f in expected[0]], atol=1e-5)
    assert [round_off(one) for one in found[1]] == [round_off(one) for one in expected[1]]


def round_off(detection: Detection) -> Detection:
    return replace(detection, distance=round(detection.distance, 4))


@pytest.mark.parametrize("step", [0.1, 1.0])
def test_live_equals_offline_whatever_the_block_size(
    step: float, ear: EarInProcess, clip: Path, word: WordModel, offline: tuple[list[SpotFrame], list[Detection]]
) -> None:
    assert_same(spotted(run(ear, clip, word, step)), offline)


def test_a_second_stream_starts_afresh(
    ear: EarInProcess, clip: Path, word: WordModel, offline: tuple[list[SpotFrame], list[Detection]]
) -> None:
    run(ear, clip, word, 1.0)
    assert_same(spotted(run(ear, clip, word, 1.0)), offline)


def test_the_process_equals_the_twin(
    clip: Path, word: WordModel, offline: tuple[list[SpotFrame], list[Detection]]
) -> None:
    ear = EarProcess()
    events: list[messages.Event] = []

    def hops() -> int:
        return sum(isinstance(event, messages.Spotted) for event in events)

    def wait_until(done: Callable[[], bool]) -> None:
        while not done():
            assert ear._connection is not None
            assert ear._connection.poll(30), "the ear is silent"
            events.extend(ear.poll())

    try:
        ear.send(messages.Teach((word,)))
        ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
        ear.send(messages.Advance((FIRST + HOP) / MODEL_RATE))  # more than the resampler withholds
        for number in range(1, len(offline[0]) - 2):  # hop by hop: the ear skips what comes late
            ear.send(messages.Advance(HOP / MODEL_RATE))
            wait_until(lambda number=number: hops() >= number)  # type: ignore[misc]
        ear.send(messages.Advance(1.0))
        wait_until(lambda: any(isinstance(event, messages.Closed) for event in events))
        assert not [event for event in events if isinstance(event, messages.Trouble | messages.Lost)]
        assert_same(spotted(events), offline)
    finally:
        ear.close()


def test_a_whole_clip_through_the_ear(
    ear: EarInProcess, clip: Path, word: WordModel, offline: tuple[list[SpotFrame], list[Detection]]
) -> None:
    ear.send(messages.Teach((word,)))
    ear.send(messages.SpotClip(7, read_clip(clip).for_models()))
    events: list[messages.Event] = []
    while not isinstance(events[-1] if events else None, messages.ClipSpotted):  # a few hops a step
        assert len(events) < 100
        events += ear.poll()
    *progress, answer = events
    assert [event.done for event in progress if isinstance(event, messages.SpotProgress)] == list(
        range(CLIP_HOPS, len(offline[0]) + 1, CLIP_HOPS)
    )
    assert isinstance(answer, messages.ClipSpotted)
    assert answer.ticket == 7
    assert_same((list(answer.frames), list(answer.detections)), offline)


def test_a_take_is_heard_from_the_stream(ear: EarInProcess, clip: Path) -> None:
    ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
    ear.send(messages.HearTake(3, "heard"))
    events = ear.poll()
    while not any(isinstance(event, messages.TakeMade) for event in events):
        assert len(events) < 100
        ear.send(messages.Advance(0.1))
        events += ear.poll()
    made = events[-1]
    assert isinstance(made, messages.TakeMade)
    assert made.ticket == 3
    assert made.take is not None
    assert made.take.used
    assert made.take.seconds == pytest.approx(0.6, abs=0.25)


def test_a_take_that_never_comes_is_given_up_with_the_stream(ear: EarInProcess, clip: Path) -> None:
    ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
    ear.send(messages.HearTake(4, "never"))
    ear.send(messages.Advance(0.3))
    ear.poll()
    ear.send(messages.Close())
    assert messages.TakeMade(4, None) in ear.poll()


def test_what_comes_too_late_is_skipped_and_said(kit: WordKit, word: WordModel) -> None:
    events: list[messages.Event] = []
    listener = Listener(lambda: kit, events.append, skip_late=True)
    listener.handle(messages.Teach((word,)))
    ring = SharedRing.create(MODEL_RATE, 4.0)
    try:
        listener.begin(ring)
        ring.write(np.zeros(FIRST + 9 * HOP, np.float32))
        listener.step()
        ((only,), _) = spotted(events)
        assert (only.index, only.skipped) == (FIRST + 9 * HOP, 9)
        ring.write(np.zeros(2 * HOP, np.float32))
        listener.step()
        assert [(frame.index - FIRST) // HOP for frame in spotted(events)[0]] == [9, 10, 11]
    finally:
        listener.end()
        ring.close()


@pytest.mark.parametrize("kind", [LabBenchError, RuntimeError])
def test_the_recording_goes_on_where_the_listener_fails(
    tmp_path: Path, clip: Path, word: WordModel, kind: type[Exception]
) -> None:
    """Without its model the ear can neither spot nor take; it says so once and records all the same."""

    def broken() -> WordKit:
        raise kind("Moonshine is missing.")

    events: list[messages.Event] = []
    ear = make_ear(Equipment(load_kit=broken), events.append)
    ear.handle(messages.Teach((word,)))
    ear.handle(messages.Open(FileSpec(clip, "clip", stepped=True), tmp_path / "kept.wav"))
    ear.handle(messages.HearTake(5, "Take 1"))
    try:
        for _ in range(4):
            ear.handle(messages.Advance(0.5))
            ear.step()
        troubles = [event for event in events if isinstance(event, messages.Trouble)]
        assert len(troubles) == 1 and "Moonshine is missing." in troubles[0].message
        assert messages.TakeMade(5, None) in events
        ear.close()
        closed = events[-1]
        assert isinstance(closed, messages.Closed) and not closed.reason
        assert soundfile.info(tmp_path / "kept.wav").frames == closed.frames == 2 * RATE
    finally:
        ear.close()
        ear.forget()


def test_a_newer_clip_replaces_an_older_one_and_a_source_opens_at_once(
    ear: EarInProcess, clip: Path, word: WordModel
) -> None:
    samples = read_clip(clip).for_models()
    ear.send(messages.Teach((word,)))
    ear.send(messages.SpotClip(1, samples))
    ear.send(messages.SpotClip(2, samples))
    ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
    events = ear.poll()
    assert any(isinstance(event, messages.Opened) for event in events)
    while not any(isinstance(event, messages.ClipSpotted) for event in events):
        events += ear.poll()
    assert [event.ticket for event in events if isinstance(event, messages.ClipSpotted)] == [2]


def test_the_twin_waits_for_no_clock(
    ear: EarInProcess, clip: Path, word: WordModel, offline: tuple[list[SpotFrame], list[Detection]]
) -> None:
    """A clip is scored within one `poll`, and one that is played as a microphone passes a second at a time."""
    ear.send(messages.Teach((word,)))
    ear.send(messages.SpotClip(7, read_clip(clip).for_models()))
    assert isinstance(ear.poll()[-1], messages.ClipSpotted)
    ear.send(messages.Open(FileSpec(clip, "clip")))
    seconds = math.ceil(len(read_clip(clip).samples) / read_clip(clip).rate)
    events = [event for _ in range(seconds) for event in ear.poll()]
    assert isinstance(events[-1], messages.Closed)
    assert_same(spotted(events), offline)
