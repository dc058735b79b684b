"""What views ask of the ear: distances to takes with every hop, and the frames of a moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.source import FileSpec
from labbench.core import paths
from labbench.live import messages
from labbench.live.ear_process import EarInProcess
from labbench.live.equipment import load_word_kit
from labbench.live.listener import WordKit
from labbench.live.view_messages import Examine, Examined, Watch
from labbench.wakeword.landmarks import Landmark, LandmarkBank, landmarks_of
from labbench.wakeword.spotter import FIRST, HOP, LEAST, Spotter, window_before
from labbench.wakeword.words import TaughtWord, model_of, with_take

CLIPS = paths.assets() / "clips"
CLIP = CLIPS / "takes" / "computer_2.flac"


@pytest.fixture(scope="module")
def kit(moonshine: None) -> WordKit:
    return load_word_kit()


@pytest.fixture(scope="module")
def taught(kit: WordKit) -> TaughtWord:
    word = TaughtWord("computer")
    for path in sorted((CLIPS / "takes").glob("computer_*.flac"))[:3]:
        word = with_take(word, kit.take(path.stem, read_clip(path).for_models()))
    return word


@pytest.fixture(scope="module")
def landmarks(taught: TaughtWord) -> tuple[Landmark, ...]:
    return landmarks_of([taught])


def heard(ear: EarInProcess, clip: Path) -> list[messages.Event]:
    ear.send(messages.Open(FileSpec(clip, "clip", stepped=True)))
    events = ear.poll()
    while not any(isinstance(event, messages.Closed) for event in events):
        assert len(events) < 500
        ear.send(messages.Advance(0.2))
        events += ear.poll()
    return events


def test_live_frames_bring_distances_and_frames(
    kit: WordKit, taught: TaughtWord, landmarks: tuple[Landmark, ...]
) -> None:
    ear = EarInProcess()
    try:
        ear.send(messages.Teach((model_of(taught),)))
        ear.send(Watch(3, landmarks, frames=True))
        frames = [event.frame for event in heard(ear, CLIP) if isinstance(event, messages.Spotted)]
        samples = read_clip(CLIP).for_models()
        samples = np.pad(samples, (0, max(0, LEAST - len(samples))))  # a short one is heard as if silence followed
        assert frames and [frame.index for frame in frames] == list(range(FIRST, len(samples) + 1, HOP))
        bank = LandmarkBank(landmarks)
        for frame in frames[::5]:
            seen = kit.embedder.embed(window_before(samples, frame.index))
            assert frame.watched is not None and frame.watched.number == 3
            assert np.allclose(frame.watched.distances, bank.distances(seen), atol=1e-4)
            assert frame.watched.frames is not None and np.allclose(frame.watched.frames, seen, atol=1e-4)
            assert frame.watched.frame == kit.embedder.frame
        ear.send(Watch(4))
        again = [event.frame for event in heard(ear, CLIP) if isinstance(event, messages.Spotted)]
        assert again and all(frame.watched is None for frame in again)
    finally:
        ear.close()


def test_takes_of_another_embedder_are_left_out_until_others_come(
    kit: WordKit, taught: TaughtWord, landmarks: tuple[Landmark, ...]
) -> None:
    """What the words are heard by was changed, and the views do not know it yet."""
    narrow = replace(landmarks[0], frames=np.zeros((10, 26), np.float32))
    spotter = Spotter(kit.embedder, [model_of(taught)])
    window = window_before(read_clip(CLIP).for_models(), LEAST)
    for number, (watched, count) in enumerate((((narrow,), 0), (landmarks, len(landmarks)))):
        spotter.watch(number, LandmarkBank(watched), frames=True)
        frame, _ = spotter.feed(window, LEAST)
        assert frame.watched is not None and frame.watched.number == number
        assert len(frame.watched.distances) == count and len(frame.distances) == 1


def test_a_clip_brings_distances_but_no_frames(taught: TaughtWord, landmarks: tuple[Landmark, ...]) -> None:
    ear = EarInProcess()
    try:
        ear.send(messages.Teach((model_of(taught),)))
        ear.send(Watch(5, landmarks, frames=True))
        ear.send(messages.SpotClip(1, read_clip(CLIP).for_models()))
        events = ear.poll()
        while not any(isinstance(event, messages.ClipSpotted) for event in events):
            assert len(events) < 500
            events += ear.poll()
        (result,) = [event for event in events if isinstance(event, messages.ClipSpotted)]
        watched = [frame.watched for frame in result.frames]
        assert all(one is not None and one.frames is None and len(one.distances) == 3 for one in watched)
    finally:
        ear.close()


def test_a_moment_is_examined(kit: WordKit) -> None:
    ear = EarInProcess()
    try:
        samples = read_clip(CLIP).for_models()
        ear.send(Examine(9, samples))
        (found,) = [event for event in ear.poll() if isinstance(event, Examined)]
        assert found.ticket == 9 and found.frame == kit.embedder.frame
        assert np.allclose(found.frames, kit.embedder.embed(window_before(samples, len(samples))), atol=1e-5)
    finally:
        ear.close()


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.05])
def test_a_short_recording_is_heard_as_if_silence_followed(seconds: float, taught: TaughtWord, tmp_path: Path) -> None:
    """The word at its very beginning, and stopped right after it."""
    take = taught.takes[0]
    samples = np.zeros(round(seconds * 16_000), np.float32)
    word = take.samples[take.start : take.stop][: len(samples)]
    samples[: len(word)] = word
    path = tmp_path / "short.wav"
    soundfile.write(path, samples, 16_000)
    ear = EarInProcess()
    try:
        ear.send(messages.Teach((model_of(taught),)))
        events = heard(ear, path)
    finally:
        ear.close()
    spotted = [event for event in events if isinstance(event, messages.Spotted)]
    assert [event.frame.index for event in spotted] == list(range(FIRST, LEAST + 1, HOP))
    found = [detection for event in spotted for detection in event.detections]
    whole = seconds > 0.5  # of half a second of sound the word's end is missing
    assert [detection.word for detection in found] == ["computer"] * whole
    assert not found or found[0].start < 0.4
