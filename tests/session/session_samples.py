"""A session with everything in it, for the tests beside this file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from labbench.audio.files import read_clip
from labbench.audio.interruption import Interruption
from labbench.audio.recorder import Recorder
from labbench.core import paths
from labbench.session.labels import Label
from labbench.session.results import (
    ModelNote,
    Results,
    Scores,
    SpectrogramSettings,
    StoredTranscript,
    ViewState,
    save_labels,
    save_scores,
    save_transcript,
    save_view,
)
from labbench.session.store import Recording, Session
from labbench.transcript.types import Segment, Transcript, Word
from labbench.wakeword.spotter import Detection, SpotFrame

RATE = 16_000
WHISPER = ModelNote("Whisper tiny", "20250625", "65147644a518d12f")


def record(path: Path, frames: int = 4000, rate: int = RATE) -> Path:
    """Real speech, as the recorder writes it."""
    samples = read_clip(paths.assets() / "clips" / "speech_short.flac").samples
    recorder = Recorder(path, rate)
    recorder.write(np.resize(samples, frames))
    recorder.close()
    return path


def transcript(text: str = 'Ask not, café 語 "quoted"') -> StoredTranscript:
    words = (Word(" Ask", 0.1, 0.30000000000000004, 0.9871), Word(" not,", 0.3, 1 / 3, None, False, False))
    segments = (
        Segment(text, 0.1, 2.3456789012345678, words, 0.01, -0.25, 1.3),
        Segment("", 2.5, 3.0),
    )
    return StoredTranscript(Transcript("Whisper tiny", "en", segments, 11.0, 0.43), WHISPER, "en")


def scores(rows: int = 50) -> Scores:
    random = np.random.default_rng(1)
    values = random.uniform(0.2, 1.4, (rows, 2)).astype(np.float32)
    frames = [SpotFrame(12_800 + 1280 * k, tuple(values[k].tolist()), skipped=k % 3, muted=k == 7) for k in range(rows)]
    found = [Detection("jarvis", 0.5, 1.25, 0.3141592653589793, 0.55, 1.6)]
    return Scores.of(("café", "jarvis"), (0.61, 0.55), frames, found, ModelNote("moonshine", "0.0.73", "abc"))


def results() -> Results:
    return Results(
        transcript(),
        transcript("The other one."),
        scores(),
        ViewState((0.1, 0.7), (0.0, 11.0), 0.3, SpectrogramSettings("linear", 50.0, 4000.0, -72.5, -5.0)),
        (Label(0.1, 0.2, "a"), Label(0.5, 0.5, "click", "events")),
    )


def save_all(session: Session, recording: Recording, content: Results) -> None:
    assert content.transcript_a and content.transcript_b and content.scores and content.view and content.labels
    save_transcript(session, recording, "a", content.transcript_a)
    save_transcript(session, recording, "b", content.transcript_b)
    save_scores(session, recording, content.scores)
    save_view(session, recording, content.view)
    save_labels(session, recording, content.labels)


def filled(folder: Path, number: int = 2) -> tuple[Session, list[Recording]]:
    """A session of some recordings with all results, and a file of words."""
    session = Session(folder)
    made = []
    for one in range(number):
        path = record(session.next_recording(), 4000 + one)
        marks = (Interruption(10, 0, "overrun"), Interruption(100, 50, "gap"), Interruption(4000, 3, "pause"))
        made.append(Recording(path, RATE, 4000 + one, 1, False, marks, f"Take {one}", "Microphone"))
        session.keep(made[-1])
        save_all(session, made[-1], results())
    session.rename("First lesson")
    return session, made


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def version_1(folder: Path) -> Path:
    """A session as the first version of the program wrote it."""
    import json

    path = record(folder / "recordings" / "0001.wav", 250)
    note: dict[str, Any] = {"rate": RATE, "frames": 250, "overruns": 2, "recovered": False}
    path.with_suffix(".json").write_text(json.dumps(note), "utf-8")
    old = {"format": "labbench-session", "version": 1, "program": "0.1.0"}
    (folder / "session.json").write_text(json.dumps(old), "utf-8")
    return folder


STAMP = datetime(2026, 1, 2, 3, 4, 5)
