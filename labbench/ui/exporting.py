"""What leaves the program as files: sound, tables, labels, transcripts. Functions without widgets; pictures elsewhere.

Times in tables count from the beginning of the sound. Labels, subtitles and transcripts of a selection count from its
beginning, so that they fit the sound of the same selection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from labbench.audio.recorder import disk_trouble, to_pcm
from labbench.audio.stored import StoredSound
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.session import tables
from labbench.session.disk import replacing, write_bytes
from labbench.session.labels import write_audacity, write_textgrid
from labbench.session.recordings import Recording
from labbench.session.results import Label, Scores
from labbench.session.transcript_writers import WRITERS
from labbench.signal.levels import peak, rms, to_db
from labbench.transcript.corrections import to_corrections
from labbench.transcript.formats import SUBTITLES
from labbench.transcript.splicing import moved, spliced
from labbench.transcript.subtitles import CueLines
from labbench.transcript.types import Transcript
from labbench.ui.sounds.viewed_sound import Read
from labbench.wakeword.spotter import Detection

if TYPE_CHECKING:
    from labbench.ui.bench import Bench

Span = tuple[float, float]
WordsOf = Literal["words-a", "words-b"]
TableKind = WordsOf | Literal["detections", "distances", "figures"]
LabelSource = WordsOf | Literal["labels", "detections"]
BLOCK_SECONDS = 10
LARGEST_WAV = 0xFFFFFFFF - 4096
HIGHEST_FLAC_RATE = 655_350
CLIPPED = 0.999


@dataclass(frozen=True)
class Material:
    """All that is known of the shown recording, taken in the main thread; jobs may use it.

    `transcripts` and `engines` are those of A and B. `read` gives samples at the recording's rate, in any thread.
    """

    recording: Recording
    transcripts: tuple[Transcript | None, Transcript | None]
    engines: tuple[str, str]
    detections: tuple[Detection, ...]
    scores: Scores | None
    labels: tuple[Label, ...]
    read: Read
    reference: Transcript | None = None
    """What was really said, corrected by hand."""

    @property
    def title(self) -> str:
        return self.recording.title or self.recording.name


def material(bench: Bench) -> Material | None:
    """What there is to export; None where no recording is shown. Main thread."""
    recording = bench.shown.recording
    if recording is None or bench.busy:
        return None
    a, b = bench.engines.slots
    return Material(
        recording,
        (a.transcript, b.transcript),
        (a.spec.title, b.spec.title),
        tuple(bench.scores.detections),
        bench.keeping.collect().scores,
        tuple(bench.keeping.labels),
        bench.shown.view.read,
        bench.reference.transcript,
    )


# Sound ----------------------------------------------------------------------------------------------------------------


def export_sound(
    path_in: Path, start: float, stop: float, target: Path, on_progress: OnProgress, cancel: CancelToken
) -> None:
    """Seconds `start` to `stop` of a recording as WAV or FLAC, by the name of `target`; its samples stay as they are.

    16-bit sound stays 16-bit, any other becomes float in WAV and 24-bit in FLAC. Streamed: memory stays small. For
    any thread; progress in seconds. Raises LabBenchError, FormatError, Cancelled; nothing is left then.
    """
    import soundfile

    with contextlib.suppress(OSError):
        if target.samefile(path_in):
            raise LabBenchError(f"{target.name} is the recording itself.", "Choose another name.")
    with StoredSound(path_in) as sound:
        first, last = max(0, round(start * sound.rate)), min(sound.frames, round(stop * sound.rate))
        if last <= first:
            raise LabBenchError("There is no sound in this stretch.", "Select a longer one.")
        flac = target.suffix.lower() == ".flac"
        if flac and sound.rate > HIGHEST_FLAC_RATE:
            raise LabBenchError(f"FLAC can't hold {sound.rate} samples per second.", "Save it as WAV.")
        whole = _is_16_bit(path_in)
        subtype = "PCM_16" if whole else "PCM_24" if flac else "FLOAT"
        large = (last - first) * (2 if whole else 4) > LARGEST_WAV
        kind = "FLAC" if flac else "RF64" if large else "WAV"
        try:
            with (
                replacing(target) as file,
                soundfile.SoundFile(file, "w", sound.rate, 1, subtype=subtype, format=kind) as out,
            ):
                for at in range(first, last, BLOCK_SECONDS * sound.rate):
                    cancel.check()
                    block = sound.read(at, min(last, at + BLOCK_SECONDS * sound.rate))
                    out.write(_coded(block, subtype))
                    on_progress(Progress((at + len(block) - first) / sound.rate, (last - first) / sound.rate, "s"))
        except soundfile.SoundFileError as error:
            raise disk_trouble(OSError(str(error)), target) from error


def _is_16_bit(path: Path) -> bool:
    import soundfile

    try:
        with path.open("rb") as file:
            return str(soundfile.info(file).subtype) in ("PCM_16", "PCM_S8", "PCM_U8")
    except (OSError, soundfile.SoundFileError):
        return False


def _coded(block: NDArray[np.float32], subtype: str) -> NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]:
    """As integers on the scale that decoders use, for libsndfile's own is off by one."""
    if subtype == "PCM_16":
        return to_pcm(block)
    if subtype == "PCM_24":
        limit = 1 << 23
        scaled = np.rint(block.astype(np.float64) * limit)
        coded: NDArray[np.int32] = np.clip(scaled, -limit, limit - 1).astype(np.int32) << 8
        return coded
    return block


# Text -----------------------------------------------------------------------------------------------------------------


def transcript_within(transcript: Transcript, span: Span) -> Transcript:
    """The words whose middle lies in a stretch, in the sound's own time."""
    none = replace(transcript, segments=(), took=0.0)
    rest = spliced(transcript, none, 0.0, span[0])
    return spliced(rest, none, span[1], float("inf"))


def from_its_beginning(transcript: Transcript, span: Span) -> Transcript:
    """The words of a stretch as if it were a sound of its own."""
    return replace(moved(transcript_within(transcript, span), -span[0]), duration=span[1] - span[0])


def export_transcript(transcript: Transcript, span: Span | None, path: Path, lines: CueLines | None = None) -> None:
    """As one of `WRITERS`, by the name of the file; `lines` are for subtitles. Raises LabBenchError."""
    form = path.suffix.lower().lstrip(".")
    if form not in WRITERS:
        raise LabBenchError(f"Transcripts are not saved as {path.suffix or 'that'}.", f"Use {', '.join(WRITERS)}.")
    part = transcript if span is None else from_its_beginning(transcript, span)
    text = SUBTITLES[form](part, lines) if form in SUBTITLES else WRITERS[form](part)
    write_bytes(path, text.encode("utf-8", "replace"))


def export_corrections(transcript: Transcript, reference: Transcript, span: Span | None, path: Path) -> None:
    """An engine's text and what was corrected in it, as JSON. Raises LabBenchError."""
    if span is not None:
        transcript, reference = from_its_beginning(transcript, span), from_its_beginning(reference, span)
    write_bytes(path, to_corrections(transcript, reference).encode("utf-8", "replace"))


def labels_of(found: Material, source: LabelSource) -> tuple[Label, ...]:
    """The user's labels, or words or detections as labels."""
    if source == "labels":
        return tuple(replace(label, tier=label.tier or "labels") for label in found.labels)  # no tier without a name
    if source == "detections":
        return tuple(Label(one.start, max(one.start, one.end), one.word, "wake words") for one in found.detections)
    number = 0 if source == "words-a" else 1
    transcript, tier = found.transcripts[number], found.engines[number]
    words = transcript.words if transcript is not None else ()
    return tuple(Label(word.start, max(word.start, word.end), word.text.strip(), tier) for word in words)


def labels_within(labels: Sequence[Label], span: Span) -> tuple[Label, ...]:
    """Those that reach into a stretch, cut to it, in the time of the stretch."""
    start, stop = span
    return tuple(
        replace(label, start=max(0.0, label.start - start), end=min(stop, label.end) - start)
        for label in labels
        if (label.start < stop and label.end > start) or start <= label.start == label.end < stop
    )


def export_labels(found: Material, source: LabelSource, span: Span | None, path: Path) -> None:
    """For Praat where the file is named .TextGrid, else for Audacity. Raises LabBenchError."""
    labels = labels_of(found, source)
    if span is not None:
        labels = labels_within(labels, span)
    if path.suffix.lower() == ".textgrid":
        seconds = span[1] - span[0] if span is not None else found.recording.seconds
        write_textgrid(path, labels, max([seconds, *(label.end for label in labels)]))
    else:
        write_audacity(path, labels)


# Tables ---------------------------------------------------------------------------------------------------------------


def export_table(found: Material, kind: TableKind, span: Span | None, path: Path) -> None:
    """One of the tables as CSV, all of it or what lies in `span`. Raises LabBenchError."""
    match kind:
        case "words-a" | "words-b":
            transcript = found.transcripts[kind == "words-b"]
            if transcript is None:
                raise LabBenchError("There is no transcript yet.", "Transcribe the sound first.")
            tables.write_words(path, transcript if span is None else transcript_within(transcript, span))
        case "detections":
            inside = [one for one in found.detections if span is None or (span[0] <= one.end and one.start <= span[1])]
            tables.write_detections(path, inside)
        case "distances":
            if found.scores is None:
                raise LabBenchError("There are no distances yet.", "Teach a word first.")
            tables.write_distances(path, found.scores if span is None else _scores_within(found.scores, span))
        case "figures":
            whole = (0.0, found.recording.seconds)
            tables.write_figures(path, [figures(found, span if span is not None else whole)])


def _scores_within(scores: Scores, span: Span) -> Scores:
    at = scores.index / MODEL_RATE
    kept = (at >= span[0]) & (at <= span[1])
    return replace(
        scores,
        index=scores.index[kept],
        distances=scores.distances[kept],
        skipped=scores.skipped[kept],
        muted=scores.muted[kept],
    )


def figures(found: Material, span: Span) -> tables.SelectionFigures:
    """What can be measured in a stretch. Reads it: for a job's thread."""
    rate = found.recording.rate
    samples = found.read(round(span[0] * rate), round(span[1] * rate))
    if not len(samples):
        return tables.SelectionFigures(found.title, *span)
    above = samples >= 0.0
    return tables.SelectionFigures(
        found.title,
        *span,
        rms_dbfs=to_db(rms(samples)),
        peak_dbfs=to_db(peak(samples)),
        dc_offset=float(samples.mean(dtype=np.float64)),
        clipped_samples=int(np.count_nonzero(np.abs(samples) >= CLIPPED)),
        zero_crossings_per_s=int(np.count_nonzero(above[1:] != above[:-1])) * rate / len(samples),
    )
