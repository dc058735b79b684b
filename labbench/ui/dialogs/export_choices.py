"""What can be exported, in which format, and why not where it can't be. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labbench.core.progress import CancelToken, OnProgress
from labbench.session.disk import write_bytes
from labbench.transcript.formats import SUBTITLES
from labbench.transcript.subtitles import CueLines
from labbench.ui import exporting, picture
from labbench.ui.exporting import LabelSource, Material, Span, TableKind, WordsOf

if TYPE_CHECKING:
    from labbench.ui.main_window import MainWindow

Task = Callable[[OnProgress, CancelToken], None]


@dataclass(frozen=True)
class Wanted:
    """What was chosen beside the thing itself: the file, the stretch, how the lines of subtitles are made.

    `span` is in seconds; None is all of it, and for a picture what is in view. `lines` is None for other files.
    """

    path: Path
    span: Span | None
    lines: CueLines | None = None


MakeTask = Callable[[Wanted], Task]
"""Called in the main thread; what it gives is run in a thread."""


@dataclass(frozen=True)
class Format:
    """A kind of file; `suffix` with its dot."""

    title: str
    suffix: str

    @property
    def is_subtitles(self) -> bool:
        """Whether it is shown in cues, whose lines can be chosen."""
        return self.suffix.lower().lstrip(".") in SUBTITLES


@dataclass(frozen=True)
class Choice:
    """One thing to export; `reason` says why it can't be, else empty."""

    title: str
    formats: tuple[Format, ...]
    make: MakeTask
    reason: str = ""


@dataclass(frozen=True)
class Group:
    """Choices of one kind. `in_view` offers what is in view as the range; `hint` is for the range of a selection."""

    key: str
    title: str
    about: str
    choices: tuple[Choice, ...]
    in_view: bool = False
    hint: str = ""

    @property
    def reason(self) -> str:
        """Why nothing of it can be exported, empty where something can."""
        reasons = [choice.reason for choice in self.choices]
        return reasons[0] if all(reasons) else ""


SOUNDS = (Format("WAV", ".wav"), Format("FLAC, smaller", ".flac"))
PICTURES = (Format("PNG, for documents", ".png"), Format("SVG, for print, can be edited", ".svg"))
TABLES = (Format("CSV, for spreadsheets", ".csv"),)
LABELS = (Format("Audacity label track", ".txt"), Format("Praat TextGrid", ".TextGrid"))
TRANSCRIPTS = (
    Format("Plain text", ".txt"),
    Format("SubRip subtitles", ".srt"),
    Format("WebVTT subtitles", ".vtt"),
    Format("JSON, as Whisper writes it", ".json"),
    Format("TSV, times in milliseconds", ".tsv"),
    Format("Praat TextGrid", ".TextGrid"),
)
CORRECTIONS = (Format("JSON, both texts and each difference", ".json"),)
UNCORRECTED = "Nothing was corrected."
SHIFTED = "Times then count from the beginning of the selection, so that they fit its sound."
ABSOLUTE = "Times still count from the beginning of the whole sound."


def groups(window: MainWindow) -> list[Group]:
    """All there is, in the order of the dialog. Main thread."""
    bench = window.bench
    found = exporting.material(bench)
    missing = "" if found is not None else "Stop the sound first." if bench.busy else "No recording is shown."

    def picture_of(wanted: Wanted) -> Task:
        content = (picture.svg_bytes if wanted.path.suffix == ".svg" else picture.png_bytes)(window, wanted.span)
        return lambda _p, _c: write_bytes(wanted.path, content)

    nothing = "" if bench.view.frames else "There is nothing to see yet."
    return [
        Group("sound", "Sound", "What was recorded, sample for sample", (_sound(found, missing),)),
        Group(
            "picture",
            "Picture",
            "The views, in the window's size and theme",
            (Choice("The views", PICTURES, picture_of, nothing),),
            in_view=True,
        ),
        Group("table", "Measurements", "Words, distances, levels as a table", _tables(found, missing), hint=ABSOLUTE),
        Group("labels", "Labels", "For Audacity or Praat", _labels(found, missing), hint=SHIFTED),
        Group("transcript", "Transcript", "As text or subtitles", _transcripts(found, missing), hint=SHIFTED),
    ]


def _sound(found: Material | None, missing: str) -> Choice:
    def make(wanted: Wanted) -> Task:
        assert found is not None
        source = found.recording
        start, stop = wanted.span if wanted.span is not None else (0.0, source.seconds)
        return lambda progress, cancel: exporting.export_sound(source.path, start, stop, wanted.path, progress, cancel)

    return Choice("The recording", SOUNDS, make, missing)


def _tables(found: Material | None, missing: str) -> tuple[Choice, ...]:
    def of(title: str, kind: TableKind, reason: str) -> Choice:
        def make(wanted: Wanted) -> Task:
            assert found is not None
            return lambda _p, _c: exporting.export_table(found, kind, wanted.span, wanted.path)

        return Choice(title, TABLES, make, missing or reason)

    words = [of(f"Words of {name}", kind, reason) for name, kind, reason in _engines(found)]
    return (
        *words,
        of("Detected wake words", "detections", "" if found and found.detections else "No word was detected."),
        of("Distances over time", "distances", "" if found and found.scores is not None else "No word is taught."),
        of("Levels and other figures", "figures", ""),
    )


def _labels(found: Material | None, missing: str) -> tuple[Choice, ...]:
    def of(title: str, source: LabelSource, reason: str) -> Choice:
        def make(wanted: Wanted) -> Task:
            assert found is not None
            return lambda _p, _c: exporting.export_labels(found, source, wanted.span, wanted.path)

        return Choice(title, LABELS, make, missing or reason)

    words = [of(f"Words of {name}", kind, reason) for name, kind, reason in _engines(found)]
    return (
        of("My labels", "labels", "" if found and found.labels else "No labels were set."),
        *words,
        of("Detected wake words", "detections", "" if found and found.detections else "No word was detected."),
    )


def _transcripts(found: Material | None, missing: str) -> tuple[Choice, ...]:
    def of(number: int, name: str, reason: str) -> Choice:
        def make(wanted: Wanted) -> Task:
            transcript = found.transcripts[number] if found is not None else None
            assert transcript is not None
            return lambda _p, _c: exporting.export_transcript(transcript, wanted.span, wanted.path, wanted.lines)

        return Choice(name, TRANSCRIPTS, make, missing or reason)

    engines = list(enumerate(_engines(found)))
    return (
        *(of(number, name, reason) for number, (name, _, reason) in engines),
        _reference(found, missing),
        *(_corrections(found, number, name, missing or reason) for number, (name, _, reason) in engines),
    )


def _reference(found: Material | None, missing: str) -> Choice:
    reference = found.reference if found is not None else None

    def make(wanted: Wanted) -> Task:
        assert reference is not None
        return lambda _p, _c: exporting.export_transcript(reference, wanted.span, wanted.path, wanted.lines)

    return Choice("What was really said", TRANSCRIPTS, make, missing or ("" if reference is not None else UNCORRECTED))


def _corrections(found: Material | None, number: int, name: str, missing: str) -> Choice:
    """An engine's text with what was corrected in it."""
    reference = found.reference if found is not None else None

    def make(wanted: Wanted) -> Task:
        transcript = found.transcripts[number] if found is not None else None
        assert transcript is not None and reference is not None
        return lambda _p, _c: exporting.export_corrections(transcript, reference, wanted.span, wanted.path)

    title = f"Corrections to {name}"
    return Choice(title, CORRECTIONS, make, missing or ("" if reference is not None else UNCORRECTED))


def _engines(found: Material | None) -> list[tuple[str, WordsOf, str]]:
    """Name, table, and why there is none, of engines A and B."""
    kinds: tuple[WordsOf, WordsOf] = ("words-a", "words-b")
    names = found.engines if found is not None else ("A", "B")
    transcripts = found.transcripts if found is not None else (None, None)
    return [
        (name, kind, "" if transcript is not None and transcript.text else "No words were read.")
        for name, kind, transcript in zip(names, kinds, transcripts, strict=True)
    ]
