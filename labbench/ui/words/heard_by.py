"""What words are heard by, an embedder and a scoring, and what the detector needs of each word then. No widgets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labbench.live.teaching_anew import windows_of
from labbench.models.embedders import EmbedderSpec
from labbench.wakeword.calibration import Calibration
from labbench.wakeword.embedder import Frames
from labbench.wakeword.scoring import DEFAULT, needs_windows, usable
from labbench.wakeword.words import Take, TaughtWord, WordModel, calibration_of, leave_one_out, model_of

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
    room: tuple[Frames, ...] = ()
    """The windows of the room that its calibration knows besides what is in the templates."""
    apart: tuple[float, ...] | None = None
    """`leave_one_out` of its used takes, once somebody asked for it."""

    def fits(self, word: TaughtWord, checksum: str, room: Sequence[Frames] = ()) -> bool:
        """Whether nothing but names and the threshold may have changed."""
        mine = self.word
        same = alike(mine.takes, word.takes) and alike(mine.against, word.against)
        heard = self.room is room or not (self.room or room)
        return same and heard and mine.scoring == word.scoring and self.checksum == checksum


def alike(some: Sequence[Take], others: Sequence[Take]) -> bool:
    """Whether takes differ at most in what people read."""
    return some is others or (
        len(some) == len(others)
        and all(
            one.templates is other.templates and (one.used, one.learnt) == (other.used, other.learnt)
            for one, other in zip(some, others, strict=True)
        )
    )


def same_cut(one: Take, other: Take) -> bool:
    """Whether it is the same stretch of the same sound, whatever is thought of it: so a take is known again."""
    return one.samples is other.samples and (one.start, one.stop) == (other.start, other.stop)


def make(word: TaughtWord, checksum: str, windows: Sequence[Frames], room: tuple[Frames, ...] = ()) -> Made:
    """Some milliseconds for warped takes; a few tenths of a second for what has to be averaged or trained.

    `windows` are the cohort's and `room` those of the room, for scorings that need them.
    """
    scoring = usable(word.scoring, windows)
    word, room = replace(word, threshold_set=None), room if needs_windows(word.scoring) else ()
    calibration = calibration_of(word, scoring, windows, room)
    model = model_of(replace(word, threshold_set=calibration.threshold), scoring, windows)
    return Made(word, checksum, model, calibration, room)


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
        self._default = functools.cache(identity)  # it reads a file, and is asked for with every move of a threshold
        self.method = Method()
        self.room: tuple[Frames, ...] = ()
        """The windows of the room, once they are known; whoever knows the room sets them."""
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

    def parts(self, word: TaughtWord) -> tuple[tuple[Frames, ...], tuple[Frames, ...]]:
        """The windows of the cohort and of the room that the word's scoring needs, as far as they are at hand."""
        return (self.windows, self.room) if needs_windows(word.scoring) else ((), ())

    def knows(self, word: TaughtWord) -> bool:
        """Whether it is made already."""
        return self._find(word) is not None

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

    def apart(self, word: TaughtWord) -> tuple[float, ...] | None:
        """`leave_one_out` of its used takes, where that was found already; the word must have one."""
        return self._of(word).apart

    def take_apart(self, word: TaughtWord) -> Callable[[], Made]:
        """For a job's thread: the same word with `apart` found."""
        made, windows = self._of(word), self.parts(word)[0]
        return lambda: replace(made, apart=tuple(leave_one_out(word, usable(word.scoring, windows), windows)))

    def _find(self, word: TaughtWord) -> Made | None:
        checksum, room = self.identity()[1], self.parts(word)[1]
        return next((made for made in reversed(self._made) if made.fits(word, checksum, room)), None)

    def _of(self, word: TaughtWord) -> Made:
        found = self._find(word)
        if found is None:
            found = make(word, self.identity()[1], *self.parts(word))
            self.remember(found)
        return found
