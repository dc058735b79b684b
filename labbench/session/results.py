"""What models and people made of one recording, kept in `results/NNNN/`: enough to draw every plot again.

Each part has a file of its own, written whole or not at all; one that is damaged does not take the others with it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.session import checked
from labbench.session.disk import read_json, update_json
from labbench.session.note import VERSION
from labbench.session.recordings import Recording
from labbench.session.scores_file import Scores, load_scores, write_scores
from labbench.session.store import RESULTS, Session
from labbench.session.transcript_file import ModelNote, StoredTranscript, load_transcript, write_transcript
from labbench.signal.rows import Kind
from labbench.signal.spectrogram import SpectrogramSettings

__all__ = [
    "Label",
    "ModelNote",
    "Results",
    "Scores",
    "SpectrogramSettings",
    "StoredTranscript",
    "ViewState",
    "load_results",
    "results_folder",
    "save_labels",
    "save_scores",
    "save_transcript",
    "save_view",
]

Slot = Literal["a", "b"]
T = TypeVar("T")
MOST_LABELS = 200_000
PARTS = 6
"""Files that `load_results` looks for, scores counted once."""
_SMALL = 64 << 20


@dataclass(frozen=True)
class Label:
    """Text at a stretch of a recording in seconds; at a point where both are the same. `tier` groups labels."""

    start: float
    end: float
    text: str
    tier: str = ""


@dataclass(frozen=True)
class ViewState:
    """What was looked at: selection, visible range and cursor in seconds, each None where there is none."""

    selection: tuple[float, float] | None = None
    visible: tuple[float, float] | None = None
    cursor: float | None = None
    spectrogram: SpectrogramSettings = field(default_factory=SpectrogramSettings)


@dataclass(frozen=True)
class Results:
    """All that is kept of one recording besides its sound; None for a part that was never made or is lost."""

    transcript_a: StoredTranscript | None = None
    transcript_b: StoredTranscript | None = None
    scores: Scores | None = None
    view: ViewState | None = None
    labels: tuple[Label, ...] | None = None
    reference: StoredTranscript | None = None
    """What was really said: corrected by hand."""


def results_folder(session: Session, recording: Recording) -> Path:
    """Where the results of a recording are; made when the first one is kept. Other parts may keep files in it too."""
    return session.folder / RESULTS / recording.name


def save_transcript(session: Session, recording: Recording, slot: Slot, stored: StoredTranscript) -> None:
    """Raises LabBenchError; what was kept before stays then. So do all the others."""
    write_transcript(results_folder(session, recording) / f"transcript-{slot}.json", stored)


def save_reference(session: Session, recording: Recording, stored: StoredTranscript | None) -> None:
    """What was really said; None removes it."""
    path = results_folder(session, recording) / "reference.json"
    if stored is not None:
        write_transcript(path, stored)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise LabBenchError(f"{path} can't be removed ({error.strerror}).", "Check its permissions.") from error


def save_scores(session: Session, recording: Recording, scores: Scores) -> None:
    """Distances, detections, and what they were made with."""
    write_scores(results_folder(session, recording), scores)


def save_view(session: Session, recording: Recording, view: ViewState) -> None:
    """What is looked at now."""
    raw = {
        "format": "labbench-view",
        "version": VERSION,
        "selection": None if view.selection is None else [float(one) for one in view.selection],
        "visible": None if view.visible is None else [float(one) for one in view.visible],
        "cursor": None if view.cursor is None else float(view.cursor),
        "spectrogram": spectrogram_out(view.spectrogram),
    }
    _refuse_damage(lambda: _view_in(raw), "This view")
    update_json(results_folder(session, recording) / "view.json", "the view of a recording", raw, _SMALL)


def save_labels(session: Session, recording: Recording, labels: tuple[Label, ...]) -> None:
    """All labels of a recording, in place of those that were kept before."""
    rows = [
        {"start": float(label.start), "end": float(label.end), "text": label.text, "tier": label.tier}
        for label in labels
    ]
    _refuse_damage(lambda: [_label_in(row) for row in checked.items(rows, MOST_LABELS)], "One of the labels")
    raw = {"format": "labbench-labels", "version": VERSION, "labels": rows}
    update_json(results_folder(session, recording) / "labels.json", "labels", raw, _SMALL)


def load_results(
    session: Session,
    recording: Recording,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
) -> tuple[Results, list[str]]:
    """All results of a recording, as far as they can be read, and one sentence for each thing that is lost.

    Hours of words and distances take a second: for a job's thread. Progress in files. Raises Cancelled.
    """
    folder = results_folder(session, recording)
    lost: list[str] = []
    done = 0

    def read(found: tuple[T, list[str]]) -> T:
        nonlocal done
        done += 1
        if cancel is not None:
            cancel.check()
        on_progress(Progress(done, PARTS, "files", "Reading its words"))
        lost.extend(found[1])
        return found[0]

    results = Results(
        transcript_a=read(load_transcript(folder / "transcript-a.json", "Transcript A")),
        transcript_b=read(load_transcript(folder / "transcript-b.json", "Transcript B")),
        scores=read(load_scores(folder)),
        view=read(_load_view(folder / "view.json")),
        labels=read(_load_labels(folder / "labels.json")),
        reference=read(load_transcript(folder / "reference.json", "The corrected text")),
    )
    return results, [f"Recording {recording.name}: {sentence}" for sentence in lost]


def _load_view(path: Path) -> tuple[ViewState | None, list[str]]:
    if not path.exists():
        return None, []
    try:
        return _view_in(read_json(path, "the view of a recording", _SMALL)), []
    except (*checked.DAMAGE, LabBenchError):
        return None, ["What was selected and shown is damaged and lost."]


def _load_labels(path: Path) -> tuple[tuple[Label, ...] | None, list[str]]:
    if not path.exists():
        return None, []
    try:
        raw = read_json(path, "labels", _SMALL)
        checked.version(raw, VERSION)
        rows = checked.items(raw["labels"], MOST_LABELS)
    except (*checked.DAMAGE, LabBenchError):
        return None, ["Its labels are damaged and lost."]
    labels = checked.each(rows, _label_in)
    bad = len(rows) - len(labels)
    return tuple(labels), [f"{bad} of its {len(rows)} labels are damaged and lost."] if bad else []


def _label_in(raw: Any) -> Label:
    start, end = checked.span([raw["start"], raw["end"]])
    return Label(start, end, checked.text(raw["text"]), checked.text(raw.get("tier", ""), 1000))


def _view_in(raw: dict[str, Any]) -> ViewState:
    checked.version(raw, VERSION)
    return ViewState(
        selection=None if raw["selection"] is None else checked.span(raw["selection"]),
        visible=None if raw["visible"] is None else checked.span(raw["visible"]),
        cursor=None if raw["cursor"] is None else checked.seconds(raw["cursor"]),
        spectrogram=spectrogram_in(raw["spectrogram"]),
    )


def spectrogram_in(raw: Any) -> SpectrogramSettings:
    """Raises one of `checked.DAMAGE`."""
    kind: Kind = raw["kind"]
    if kind not in get_args(Kind):
        raise ValueError("an unknown kind of spectrogram")
    highest = raw["highest_hz"]
    return SpectrogramSettings(
        kind=kind,
        window_ms=checked.number(raw["window_ms"], 1.0, 1000.0),
        highest_hz=None if highest is None else checked.number(highest, 100.0, 1e6),
        floor_db=checked.number(raw["floor_db"], -300.0, 0.0),
        ceiling_db=checked.number(raw["ceiling_db"], -200.0, 100.0),
    )


def spectrogram_out(settings: SpectrogramSettings) -> dict[str, Any]:
    """As it is kept in JSON."""
    return asdict(settings)


def _refuse_damage(check: Any, what: str) -> None:
    """Never write what could not be read again."""
    try:
        check()
    except checked.DAMAGE as error:
        raise FormatError(f"{what} cannot be kept ({error}).", "Check its times.") from error
