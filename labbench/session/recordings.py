"""One recording: its sound file, and the note beside it that says it was ended in good order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from labbench.audio.interruption import Interruption, InterruptionKind
from labbench.core.errors import FormatError, LabBenchError
from labbench.session import checked
from labbench.session.disk import read_json, update_json
from labbench.session.note import NAME, VERSION, clean_title

RECORDINGS = "recordings"
SOUNDS = (".wav", ".flac")
MOST_RECORDINGS = 20_000
MOST_MARKS = 100_000
MOST_FRAMES = 1 << 40
MOST_RATE = 10_000_000
_WHAT = "the note of a recording"
_NOTE_BYTES = 32 << 20


@dataclass(frozen=True)
class Recording:
    """A finished recording: its file, rate, length in frames, and how often the device lost sound.

    `marks` are where it is not one unbroken piece. `source` says in words where the sound came from.
    """

    path: Path
    rate: int
    frames: int
    overruns: int = 0
    recovered: bool = False
    marks: tuple[Interruption, ...] = ()
    title: str = ""
    source: str = ""

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    @property
    def name(self) -> str:
        """The number that its file and its results are named by."""
        return self.path.stem


def is_session(folder: Path) -> bool:
    """Whether a folder is one, damaged or not."""
    return (folder / RECORDINGS).is_dir() or (folder / NAME).is_file()


def sound_files(folder: Path) -> list[Path]:
    """All sound files of a session, oldest first; of two with the same number the WAV. Raises nothing."""
    found: dict[str, Path] = {}
    for suffix in SOUNDS:
        for path in (folder / RECORDINGS).glob("*" + suffix):
            if not path.name.startswith("."):
                found.setdefault(path.stem, path)
    return sorted(found.values(), key=_age)


def note_path(sound: Path) -> Path:
    """Where the note of a sound file is."""
    return sound.with_suffix(".json")


def write_recording(recording: Recording) -> None:
    """Write the note; keys in it that this program does not know stay. Raises LabBenchError."""
    update_json(
        note_path(recording.path),
        _WHAT,
        {
            "format": "labbench-recording",
            "version": VERSION,
            "file": recording.path.name,
            "rate": recording.rate,
            "frames": recording.frames,
            "overruns": recording.overruns,
            "recovered": recording.recovered,
            "marks": [{"at": mark.at, "frames": mark.frames, "kind": mark.kind} for mark in recording.marks],
            "title": clean_title(recording.title),
            "source": clean_title(recording.source),
        },
        _NOTE_BYTES,
    )


def read_recording(sound: Path) -> tuple[Recording | None, list[str]]:
    """The recording of a sound file that has a note, as far as note and sound can be read, and what is lost of it.

    Rate and length are the sound's own. None where neither can be read.
    """
    name = sound.stem
    lost: list[str] = []
    noted: Recording | None = None
    try:
        noted, lost = _noted(sound)
    except LabBenchError:
        lost = [f"The note of recording {name} is damaged: its marks and its title are lost."]
    header = sound_header(sound)
    if header is None:
        if noted is None:
            return None, [f"Recording {name} is lost: neither its sound nor its note can be read."]
        missing = "missing" if not sound.exists() else "damaged and can't be played"
        return noted, [*lost, f"The sound of recording {name} is {missing}."]
    rate, frames = header
    if noted is None:
        return Recording(sound, rate, frames), lost
    if (rate, frames) != (noted.rate, noted.frames):
        there, should = frames / rate, noted.seconds
        lost.append(f"The sound of recording {name} has {there:.1f} s; {should:.1f} s were noted.")
        noted = Recording(sound, rate, frames, noted.overruns, noted.recovered, noted.marks, noted.title, noted.source)
    return noted, lost


def noted_seconds(note: Path) -> float:
    """The length of a recording by its note alone. Raises FormatError, LabBenchError."""
    return _noted(note.with_suffix(SOUNDS[0]))[0].seconds


def _noted(sound: Path) -> tuple[Recording, list[str]]:
    raw = read_json(note_path(sound), _WHAT, _NOTE_BYTES)
    try:
        rate = checked.whole(raw["rate"], 1, MOST_RATE)
        frames = checked.whole(raw["frames"], 0, MOST_FRAMES)
        overruns = checked.whole(raw.get("overruns", 0), 0, MOST_FRAMES)
        recovered = checked.flag(raw.get("recovered", False))
    except checked.DAMAGE as error:
        raise FormatError(f"{note_path(sound).name} is damaged.", "Its sound is still there.") from error
    marks, damaged = [], False
    try:
        for one in checked.items(raw.get("marks", []), MOST_MARKS):
            marks.append(_mark(one, frames))
    except checked.DAMAGE:
        damaged = True
    texts = {}
    for key in ("title", "source"):
        try:
            texts[key] = clean_title(checked.text(raw.get(key, ""), 10_000))
        except checked.DAMAGE:
            damaged = True
    lost = [f"Part of the note of recording {sound.stem} is damaged: a mark or its title is lost."] if damaged else []
    return Recording(sound, rate, frames, overruns, recovered, tuple(marks), **texts), lost


def _mark(raw: Any, frames: int) -> Interruption:
    at = checked.whole(raw["at"], 0, frames)
    kind: InterruptionKind = raw["kind"]
    if kind not in get_args(InterruptionKind):
        raise ValueError("an unknown kind of mark")
    return Interruption(at, checked.whole(raw["frames"], 0, MOST_FRAMES), kind)


def sound_header(path: Path) -> tuple[int, int] | None:
    """Rate and frames of a sound file by its header and its length, None where it is none. Raises nothing."""
    import soundfile

    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            info = soundfile.info(file)
    except (OSError, soundfile.SoundFileError):
        return None
    rate, frames = int(info.samplerate), int(info.frames)
    return (rate, frames) if 0 < rate <= MOST_RATE and 0 <= frames <= MOST_FRAMES else None


def _age(sound: Path) -> tuple[bool, int, str]:
    """Recordings are numbered; others come last, by name."""
    number = sound.stem if sound.stem.isascii() and sound.stem.isdigit() and len(sound.stem) < 20 else ""
    return not number, int(number or 0), sound.stem
