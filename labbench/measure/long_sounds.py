"""Sounds of any length with everything that a bench keeps of one: words, distances, detections. For measurements."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.session.recordings import Recording
from labbench.session.results import ModelNote, Scores, StoredTranscript, save_scores, save_transcript
from labbench.session.store import Session
from labbench.signal.resampling import resample
from labbench.transcript.types import Segment, Transcript, share_out
from labbench.wakeword.spotter import FIRST, HOP, Detection

RATE = 48_000
CLIPS = ("demo.flac", "sentences_with.flac", "sentences_without.flac")
WORDS = ("computer", "jarvis", "lights")
THRESHOLD = 0.6
LINE = "so much is said in four seconds by somebody calm"
LINE_SECONDS = 4.0
DETECTION_EVERY_SECONDS = 15.0
_SPARE_BYTES = 200_000_000
"""For the pyramids, and so that no disk is filled to the brim."""


def check_room(folder: Path, seconds: float) -> None:
    """Raises LabBenchError where so much sound doesn't fit on the disk of `folder`."""
    needed, free = 2 * RATE * seconds + _SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise LabBenchError(
            f"This measurement needs {needed / 1e9:.1f} GB of temporary files; {free / 1e9:.1f} GB are free.",
            "Free some space, or let TMPDIR name a folder on another disk.",
        )


def make_recording(session: Session, seconds: float, seed: int = 0) -> Recording:
    """A recording of bundled clips over and over, each time at another level. Written in pieces. Raises LabBenchError.

    Two transcripts, distances to three words at every hop and detections are kept with it.
    """
    random = np.random.default_rng(seed)
    once = np.concatenate([read_clip(paths.assets() / "clips" / name).for_models() for name in CLIPS])
    once = resample(once, MODEL_RATE, RATE)
    frames = round(seconds * RATE)
    path = session.next_recording()
    with soundfile.SoundFile(path, "w", RATE, 1, subtype="PCM_16") as file:
        for at in range(0, frames, len(once)):
            file.write(once[: frames - at] * np.float32(random.uniform(0.4, 1.0)))
    recording = Recording(path, RATE, frames, title=f"{seconds:g} s of bundled clips")
    session.keep(recording)
    for slot, engine in (("a", "Whisper"), ("b", "Moonshine")):
        stored = StoredTranscript(_transcript(engine, seconds), ModelNote(engine, "", ""))
        save_transcript(session, recording, slot, stored)  # type: ignore[arg-type]
    save_scores(session, recording, _scores(seconds, random))
    return recording


def _transcript(engine: str, seconds: float) -> Transcript:
    lines = []
    for start in np.arange(0.0, seconds, LINE_SECONDS).tolist():
        end = min(seconds, start + LINE_SECONDS)
        lines.append(Segment(LINE, start, end, share_out(LINE, start, end)))
    return Transcript(engine, "en", tuple(lines), seconds, seconds / 10)


def _scores(seconds: float, random: np.random.Generator) -> Scores:
    """Distances that wander like real ones, with a dip at every detection."""
    index = np.arange(FIRST, max(FIRST, round(seconds * MODEL_RATE)) + 1, HOP, dtype=np.int64)
    distances = 0.95 + 0.1 * _smooth(random.normal(size=(len(index), len(WORDS))))
    found = []
    for number, at in enumerate(np.arange(2.0, seconds, DETECTION_EVERY_SECONDS).tolist()):
        row, word = int(np.argmin(np.abs(index - at * MODEL_RATE))), number % len(WORDS)
        distances[max(0, row - 4) : row + 5, word] -= 0.4
        at = int(index[row]) / MODEL_RATE
        found.append(Detection(WORDS[word], max(0.0, at - 0.6), at, float(distances[row, word]), THRESHOLD, at))
    return Scores(
        WORDS,
        (THRESHOLD,) * len(WORDS),
        index,
        distances.astype(np.float32),
        np.zeros(len(index), np.int32),
        np.zeros(len(index), np.bool_),
        tuple(found),
        ModelNote("made up", "", ""),
    )


def _smooth(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel = np.hanning(12)[1:-1]
    columns = [np.convolve(column, kernel / np.linalg.norm(kernel), "same")[: len(noise)] for column in noise.T]
    return np.stack(columns, axis=1)
