"""Distances over time in `scores.npz`, and what belongs to them in `scores.json`: drawn again without the embedder.

Words and thresholds are in both files: either can be read without the other, and a pair of which only one could be
written is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError, LabBenchError
from labbench.session import checked
from labbench.session.arrays import read_npz, write_npz
from labbench.session.disk import read_json, update_json
from labbench.session.note import VERSION
from labbench.session.transcript_file import ModelNote, model_in, model_out
from labbench.session.words_file import FARTHEST, MOST_WORDS
from labbench.wakeword.spotter import Detection, SpotFrame

MOST_ROWS = 20_000_000
MOST_DETECTIONS = 1_000_000
MOST_NAME = 1000
_WHAT = "the scores of a recording"
_MOST_BYTES = 64 << 20
_KINDS = {"index": "<i8", "distances": "<f4", "skipped": "<i4", "muted": "|b1", "words": "<U", "thresholds": "<f8"}
UNKNOWN_MODEL = ModelNote("", "", "")


@dataclass(frozen=True, eq=False)
class Scores:
    """What the spotter made of a recording. Row k is the window that ends at 16 kHz sample `index[k]`.

    `distances` float32 [n, words], `index` int64 [n], `skipped` int32 [n] (windows left out before it), `muted` bool
    [n] (the speakers were heard: nothing was decided). `thresholds` are the words' own, in the same order.
    """

    words: tuple[str, ...]
    thresholds: tuple[float, ...]
    index: NDArray[np.int64]
    distances: NDArray[np.float32]
    skipped: NDArray[np.int32]
    muted: NDArray[np.bool_]
    detections: tuple[Detection, ...]
    embedder: ModelNote

    @classmethod
    def of(
        cls,
        words: Sequence[str],
        thresholds: Sequence[float],
        frames: Sequence[SpotFrame],
        detections: Sequence[Detection],
        embedder: ModelNote,
    ) -> Scores:
        """From what the spotter gives. Raises ValueError where a frame has not one distance for each word."""
        rows = [frame.distances for frame in frames]
        if any(len(row) != len(words) for row in rows):
            raise ValueError("frames of other words")
        return cls(
            tuple(words),
            tuple(float(one) for one in thresholds),
            np.array([frame.index for frame in frames], np.int64),
            np.array(rows, np.float32).reshape(len(rows), len(words)),
            np.array([frame.skipped for frame in frames], np.int32),
            np.array([frame.muted for frame in frames], np.bool_),
            tuple(detections),
            embedder,
        )

    def frames(self) -> tuple[SpotFrame, ...]:
        """As the spotter gave them, but for what each cost to compute. Made once: hours of them take a while."""
        return self._frames

    @cached_property
    def _frames(self) -> tuple[SpotFrame, ...]:
        columns = (self.index.tolist(), self.distances.tolist(), self.skipped.tolist(), self.muted.tolist())
        rows = zip(*columns, strict=True)
        return tuple(SpotFrame(index, tuple(row), skipped, muted=muted) for index, row, skipped, muted in rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scores):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.words, self.thresholds, len(self.index)))

    def _key(self) -> tuple[Any, ...]:
        arrays = (self.index, self.distances, self.skipped, self.muted)
        contents = tuple((array.dtype.str, array.shape, array.tobytes()) for array in arrays)
        return (self.words, self.thresholds, self.detections, self.embedder, contents)


def write_scores(folder: Path, scores: Scores) -> None:
    """Raises LabBenchError, FormatError for what could not be read again."""
    raw: dict[str, Any] = {
        "format": "labbench-scores",
        "version": VERSION,
        "rate": 16_000,
        "words": list(scores.words),
        "thresholds": [float(one) for one in scores.thresholds],
        "embedder": model_out(scores.embedder),
        "detections": [_detection_out(one) for one in scores.detections],
    }
    arrays: dict[str, NDArray[Any]] = {
        "index": scores.index.astype("<i8"),
        "distances": scores.distances.astype("<f4"),
        "skipped": scores.skipped.astype("<i4"),
        "muted": scores.muted.astype(np.bool_),
        "words": np.array(scores.words, dtype=np.str_),
        "thresholds": np.array(scores.thresholds, "<f8"),
    }
    try:
        _words_in(raw["words"], raw["thresholds"])
        for one in checked.items(raw["detections"], MOST_DETECTIONS):
            _detection_in(one)
        if scores.distances.shape != (len(scores.index), len(scores.words)) or len(scores.skipped) != len(scores.index):
            raise ValueError("arrays of different lengths")
    except checked.DAMAGE as error:
        raise FormatError(f"These distances cannot be kept ({error}).", "Let the words be looked for again.") from error
    write_npz(folder / "scores.npz", arrays)
    update_json(folder / "scores.json", _WHAT, raw, _MOST_BYTES)


def load_scores(folder: Path) -> tuple[Scores | None, list[str]]:
    """The kept scores as far as they can be read (None: there are none), and what is lost of them."""
    if not (folder / "scores.json").exists() and not (folder / "scores.npz").exists():
        return None, []
    lost: list[str] = []
    arrays, trouble = _load_arrays(folder / "scores.npz")
    lost += trouble
    try:
        raw = read_json(folder / "scores.json", _WHAT, _MOST_BYTES)
        checked.version(raw, VERSION)
        words, thresholds = _words_in(raw["words"], raw["thresholds"])
        embedder = model_in(raw["embedder"])
        rows = checked.items(raw["detections"], MOST_DETECTIONS)
    except (*checked.DAMAGE, LabBenchError):
        if arrays is None:
            return None, ["Its distances and detections are damaged and lost."]
        return _scores(arrays, (), UNKNOWN_MODEL), [*lost, "The words found in it are damaged and lost."]
    if arrays is None:
        arrays = _no_arrays(words, thresholds)
    if arrays["words"] != words or arrays["thresholds"] != thresholds:
        sentence = "The words found in it belong to other distances than those that are kept, and are left out."
        return _scores(arrays, (), embedder), [*lost, sentence]
    detections = checked.each(rows, _detection_in)
    bad = len(rows) - len(detections)
    lost += [f"{bad} of {len(rows)} words found in it are damaged and lost."] if bad else []
    return _scores(arrays, tuple(detections), embedder), lost


def _scores(arrays: dict[str, Any], detections: tuple[Detection, ...], embedder: ModelNote) -> Scores:
    return Scores(**arrays, detections=detections, embedder=embedder)


def _no_arrays(words: tuple[str, ...], thresholds: tuple[float, ...]) -> dict[str, Any]:
    return {
        "words": words,
        "thresholds": thresholds,
        "index": np.zeros(0, np.int64),
        "distances": np.zeros((0, len(words)), np.float32),
        "skipped": np.zeros(0, np.int32),
        "muted": np.zeros(0, np.bool_),
    }


def _load_arrays(path: Path) -> tuple[dict[str, Any] | None, list[str]]:
    gone = ["Its distances are damaged and lost."]
    try:
        found, bad = read_npz(path, _KINDS)
        words, thresholds = _words_in(found["words"].tolist(), found["thresholds"].tolist())
        index, distances = found["index"], found["distances"]
        if index.ndim != 1 or len(index) > MOST_ROWS or distances.shape != (len(index), len(words)):
            raise ValueError("arrays that do not fit")
        if len(index) and (index[0] < 0 or np.any(np.diff(index) <= 0)):
            raise ValueError("distances out of order")
    except (*checked.DAMAGE, LabBenchError):
        return None, gone
    arrays = _no_arrays(words, thresholds) | {"index": index, "distances": distances}
    lost = []
    for name in ("skipped", "muted"):
        array = found.get(name)
        fits = array is not None and array.shape == index.shape and (name == "muted" or np.all(array >= 0))
        if not fits and (name in bad or array is not None):
            lost = ["Where its distances have gaps is damaged and lost."]
        arrays[name] = array if fits else np.zeros(len(index), arrays[name].dtype)
    good = np.all(np.abs(distances) < FARTHEST, axis=1)  # false for what is not a number
    if not np.all(good):
        lost.append(f"{np.sum(~good)} of its {len(index)} distances are damaged and lost.")
        arrays |= {name: arrays[name][good] for name in ("index", "distances", "skipped", "muted")}
    return arrays, lost


def _words_in(words: Any, thresholds: Any) -> tuple[tuple[str, ...], tuple[float, ...]]:
    names = tuple(checked.text(word, MOST_NAME) for word in checked.items(words, MOST_WORDS))
    limits = tuple(checked.number(one, -FARTHEST, FARTHEST) for one in checked.items(thresholds, MOST_WORDS))
    if len(names) != len(limits):
        raise ValueError("not one threshold for each word")
    return names, limits


def _detection_out(one: Detection) -> dict[str, Any]:
    numbers = {key: float(getattr(one, key)) for key in ("start", "end", "distance", "threshold", "at")}
    return {"word": one.word} | numbers


def _detection_in(raw: Any) -> Detection:
    start, end = checked.span([raw["start"], raw["end"]])
    distance, threshold = (checked.number(raw[key], -FARTHEST, FARTHEST) for key in ("distance", "threshold"))
    return Detection(checked.text(raw["word"], MOST_NAME), start, end, distance, threshold, checked.seconds(raw["at"]))
