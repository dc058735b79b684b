"""What words are heard by, an embedder and a scoring, and what the detector needs of each word then. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labbench.live.teaching_anew import windows_of
from labbench.models.embedders import EmbedderSpec
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.embedder import Frames
from labbench.wakeword.scoring import DEFAULT, needs_windows
from labbench.wakeword.words import TaughtWord, WordModel, calibration_of, model_of

MOST_KEPT = 200
"""So many states of words are remembered: undo goes back to them at once."""


@dataclass(frozen=True, eq=False)
class Method:
    """An embedder, and the scoring of words that are new. `known` are its name and checksum (None for the default);
    `codes` its cohort, where that does not come with the program and was needed already."""

    spec: EmbedderSpec = field(default_factory=EmbedderSpec)
    scoring: str = DEFAULT
    known: tuple[str, str] | None = None
    codes: NDArray[np.int8] | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """A word's model and calibration, as they were made of its takes by one method."""

    word: TaughtWord
    checksum: str
    model: WordModel
    calibration: Calibration

    def fits(self, word: TaughtWord, checksum: str) -> bool:
        """Whether nothing but its name and its threshold may have changed."""
        mine = self.word
        same = mine.takes is word.takes and mine.against is word.against
        return same and mine.scoring == word.scoring and self.checksum == checksum


def make(word: TaughtWord, checksum: str, windows: Sequence[Frames]) -> Made:
    """Some milliseconds for warped takes; a few tenths of a second for what has to be averaged or trained."""
    scoring = word.scoring if windows or not needs_windows(word.scoring) else DEFAULT
    word = replace(word, threshold_set=None)
    calibration = calibration_of(word, scoring, windows)
    model = model_of(replace(word, threshold_set=calibration.threshold), scoring, windows)
    return Made(word, checksum, model, calibration)


class Heard(NamedTuple):
    """What a word's distances depend on; thresholds are no part of it."""

    name: str
    templates: int
    against: int
    seconds: float
    scoring: str
    embedder: str
    checksum: str


def scorings_of(heard: Sequence[Heard]) -> str:
    """Names of the scorings, as they are noted beside distances; empty for the default alone."""
    found = sorted({one.scoring for one in heard})
    return "" if found == [DEFAULT] else ", ".join(found)


class HeardBy:
    """The method of a window, and its words as the detector wants them, each made once. Main thread."""

    def __init__(self, identity: Callable[[], tuple[str, str]]) -> None:
        self._default = identity
        self.method = Method()
        self._windows: tuple[Frames, ...] | None = None
        self._made: list[Made] = []

    def identity(self) -> tuple[str, str]:
        """Name and checksum of the embedder, as they are written beside its templates."""
        return self.method.known or self._default()

    def use(self, method: Method, made: Sequence[Made] = ()) -> None:
        """Another method; `made` are words that were made for it already."""
        self.method, self._windows = method, None
        self._made = [*self._made, *made][-MOST_KEPT:]

    def remember(self, made: Made) -> None:
        """A word that was made in a job, for that takes a while."""
        self._made = [*self._made, made][-MOST_KEPT:]

    @property
    def windows(self) -> tuple[Frames, ...]:
        """The background cohort's; empty where it can't be had. Raises LabBenchError."""
        if self._windows is None:
            self._windows = windows_of(self.method.spec, self.method.codes)
        return self._windows

    def model(self, word: TaughtWord) -> WordModel:
        """The word must have a used take. Raises LabBenchError where the program's files are damaged."""
        made = self._of(word)
        threshold = made.calibration.threshold if word.threshold_set is None else word.threshold_set
        return replace(made.model, name=word.name, threshold=threshold)

    def models(self, words: Sequence[TaughtWord]) -> list[WordModel]:
        """Of those that can be detected."""
        return [self.model(word) for word in words if word.templates]

    def templates(self, words: Sequence[TaughtWord]) -> tuple[Heard, ...]:
        """Something that differs where distances would."""
        name, checksum = self.identity()
        models = self.models(words)
        return tuple(
            Heard(m.name, len(m.references), len(m.against), m.seconds, m.scoring, name, checksum) for m in models
        )

    def calibration(self, word: TaughtWord) -> Calibration:
        """What to expect of it at the calibrated threshold."""
        return self._of(word).calibration

    def _of(self, word: TaughtWord) -> Made:
        checksum = self.identity()[1]
        found = next((made for made in reversed(self._made) if made.fits(word, checksum)), None)
        if found is None:
            found = make(word, checksum, self.windows if needs_windows(word.scoring) else ())
            self._made = [*self._made, found][-MOST_KEPT:]
        return found
