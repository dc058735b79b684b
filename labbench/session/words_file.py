"""Taught words in one JSON file: takes with their sound and their templates, and the room that they were taught for.

{"format": "labbench-words", "version": 3, "embedder": ..., "checksum": ..., "room": {"sound"} or null,
 "words": [{"name", "threshold", "takes": [...], "against": [...]}]}

Arrays are base64 of little-endian numbers: the sound int16, template frames int8 with each row scaled to its range and
made unit length again when read, distances to cohort and room float32. No pickle; everything is checked when read.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.audio.recorder import PCM_SCALE, to_pcm
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.session.disk import read_json, write_json
from labbench.wakeword.embedder import Embedder
from labbench.wakeword.in_room import fitting
from labbench.wakeword.references import Reference
from labbench.wakeword.room import LONGEST_SECONDS, Room, room_of
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.takes import Verdict
from labbench.wakeword.templates import Average, Template, decode_frames, encode_frames
from labbench.wakeword.warped import DTW
from labbench.wakeword.whitening import OFFSET
from labbench.wakeword.words import Take, TaughtWord

FORMAT, VERSION = "labbench-words", 3
READABLE = (1, 2, 3)
"""Version 1 knew neither speakers nor takes that are left out, version 2 no room."""
MOST_LETTERS = 200
MOST_WORDS, MOST_TAKES, MOST_FRAMES = 100, 200, 1000
DAMAGE = (KeyError, TypeError, ValueError, OverflowError, AttributeError)
"""What reading a field of a damaged file raises."""
_MOST_ROOM = 4 * math.ceil(2 * LONGEST_SECONDS * MODEL_RATE / 3)
"""Letters of base64 for its sound."""
FARTHEST = 1000.0
"""No distance is anywhere near it; larger ones (or no numbers at all) would spoil the sums made of them."""


@dataclass(frozen=True)
class WordsFile:
    """Words, the embedder that their templates belong to, and the room that they were made in."""

    words: tuple[TaughtWord, ...]
    embedder: str
    checksum: str
    room: Room | None = None


def save_words(path: Path, content: WordsFile) -> None:
    """Raises LabBenchError; a file that was there before stays then."""
    write_json(
        path,
        {
            "format": FORMAT,
            "version": VERSION,
            "embedder": content.embedder,
            "checksum": content.checksum,
            "room": None if content.room is None else {"sound": _text(to_pcm(content.room.samples))},
            "words": [word_out(word) for word in content.words],
        },
    )


def load_words(path: Path) -> WordsFile:
    """Raises LabBenchError where it can't be read, FormatError where it is of another version or damaged."""
    raw = read_json(path, "a file of wake words")
    if raw.get("format") != FORMAT:
        raise FormatError(f"{path.name} is not a file of wake words.", "Make one with: labbench enroll WORD CLIP...")
    if raw.get("version") not in READABLE:
        raise FormatError(
            f"{path.name} is of version {raw.get('version')}; this program reads version {READABLE[-1]}.",
            "Open it with the program that wrote it, or teach the words anew.",
        )
    try:
        words = tuple(word_in(word) for word in _list(raw["words"], MOST_WORDS))
        kinds = {(part.frames.shape[1], len(part.cohort)) for word in words for part in _all_templates(word)}
        if len(kinds) > 1:
            raise ValueError("templates of different models")
        room = _room_in(raw.get("room"))
        words = tuple(fitting(word, room) for word in words)
        return WordsFile(words, str(raw["embedder"]), str(raw["checksum"]), room)
    except DAMAGE as error:
        raise FormatError(
            f"{path.name} is damaged ({error}).", "Take it from a backup, or teach the words anew."
        ) from error


def _room_in(raw: Any) -> Room | None:
    if raw is None:
        return None
    text = raw["sound"]
    if len(text) > _MOST_ROOM:
        raise ValueError("the sound of the room is too long")
    try:
        return room_of(_sound(text))
    except LabBenchError as error:
        raise ValueError("the sound of the room is too short") from error


def _all_templates(word: TaughtWord) -> list[Template]:
    return [template for take in (*word.takes, *word.against) for template in take.templates]


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The name, or the name with the first number that makes it a new one."""
    lower = {name.casefold() for name in taken}
    name, number = wanted, 1
    while name.casefold() in lower:
        number += 1
        name = f"{wanted} {number}"
    return name


def require_embedder(content: WordsFile, embedder: Embedder, path: Path) -> None:
    """Raises FormatError where the templates were made by other weights: distances would mean nothing."""
    if content.checksum != embedder.checksum:
        raise FormatError(
            f"{path.name} was made with another model ({content.embedder}).", "Teach the words anew from their takes."
        )


def word_out(word: TaughtWord) -> dict[str, Any]:
    """As it stands in the file."""
    return {
        "name": word.name,
        "threshold": word.threshold_set,
        "scoring": word.scoring,
        "takes": [_take_out(take) for take in word.takes],
        "against": [_take_out(take) for take in word.against],
    }


def _take_out(take: Take) -> dict[str, Any]:
    return {
        "label": take.label,
        "speaker": take.speaker,
        "excluded": take.excluded,
        "learnt": take.learnt,
        "verdict": take.verdict.name,
        "start": take.start,
        "stop": take.stop,
        "sound": _text(to_pcm(take.samples)),
        "templates": [_template_out(template) for template in take.templates],
    }


def _template_out(template: Template) -> dict[str, Any]:
    return {
        "shape": list(template.frames.shape),
        "frames": _text(encode_frames(template.frames)),
        "cohort": _text(template.cohort.astype("<f4")),
        "room": _text(template.room.astype("<f4")),
        "average": None if template.average is None else _average_out(template.average),
    }


def _average_out(average: Average) -> dict[str, Any]:
    reference = average.reference
    assert reference.centre is not None
    return {
        "direction": _text(reference.frames.astype("<f4")),
        "centre": _text(reference.centre.astype("<f4")),
        "length": reference.length,
        "cohort": _text(average.cohort.astype("<f4")),
        "room": _text(average.room.astype("<f4")),
    }


def word_in(raw: dict[str, Any]) -> TaughtWord:
    """The word that `word_out` wrote. Raises one of `DAMAGE`."""
    threshold = raw["threshold"]
    if threshold is not None:
        threshold = float(threshold)
        if not (math.isfinite(threshold) and 0 <= threshold <= 2):
            raise ValueError("threshold out of range")
    name = str(raw["name"])
    if not name.strip():
        raise ValueError("a word without a name")
    scoring = str(raw.get("scoring", DTW))
    if scoring not in SCORINGS:
        raise ValueError("a scoring that this program does not know")
    takes, against = (tuple(map(_take_in, _list(raw.get(key, []), MOST_TAKES))) for key in ("takes", "against"))
    return TaughtWord(name, takes, threshold, against, scoring)


def _take_in(raw: dict[str, Any]) -> Take:
    sound = _sound(raw["sound"])
    start, stop = int(raw["start"]), int(raw["stop"])
    if not 0 <= start <= stop <= len(sound):
        raise ValueError("a take's span out of range")
    templates = tuple(_template_in(template, n) for n, template in enumerate(_list(raw["templates"], 16)))
    return Take(
        str(raw["label"]),
        sound,
        start,
        stop,
        Verdict[raw["verdict"]],
        templates,
        str(raw.get("speaker", ""))[:MOST_LETTERS],
        raw.get("excluded") is True,
        raw.get("learnt") is True,
    )


def _template_in(raw: dict[str, Any], version: int) -> Template:
    rows, dimensions = (int(size) for size in raw["shape"])
    if not (0 < rows <= MOST_FRAMES and 0 < dimensions <= 4096):
        raise ValueError("a template's shape out of range")
    frames = decode_frames(_array(raw["frames"], "i1").reshape(rows, dimensions))
    cohort, room = _distances_in(raw)
    average = raw.get("average")
    if average is None:
        return Template(frames, cohort, room)
    found = _average_in(average, dimensions, version)
    if len(found.cohort) != len(cohort) or len(found.room) != len(room):
        raise ValueError("distances of different windows")
    return Template(frames, cohort, room, found)


def _average_in(raw: dict[str, Any], dimensions: int, version: int) -> Average:
    direction, centre = (_array(raw[key], "<f4").astype(np.float32) for key in ("direction", "centre"))
    length = int(raw["length"])
    if direction.shape != (dimensions,) or centre.shape != (dimensions,) or not 0 < length <= MOST_FRAMES:
        raise ValueError("an average's shape out of range")
    if not np.all(np.abs(np.concatenate([direction, centre])) < FARTHEST):
        raise ValueError("an average out of range")
    return Average(Reference(direction[None], length, centre, OFFSET, version), *_distances_in(raw))


def _distances_in(raw: dict[str, Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """To the cohort and to the room."""
    cohort, room = (_array(text, "<f4").astype(np.float32) for text in (raw["cohort"], raw.get("room", "")))
    if not cohort.size or not np.all(np.abs(cohort) < FARTHEST) or cohort.mean() <= 0:
        raise ValueError("cohort distances out of range")
    if not np.all(np.abs(room) < FARTHEST):
        raise ValueError("distances to the room out of range")
    return cohort, room


def _list(raw: Any, most: int) -> Sequence[dict[str, Any]]:
    if not isinstance(raw, list) or len(raw) > most or not all(isinstance(item, dict) for item in raw):
        raise TypeError("a list is missing or too long")
    return raw


def _text(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")


def _sound(text: str) -> NDArray[np.float32]:
    samples: NDArray[np.float32] = (_array(text, "<i2").astype(np.float32) / np.float32(PCM_SCALE)).astype(np.float32)
    return samples


def _array(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), np.dtype(kind))
