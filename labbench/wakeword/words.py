"""A taught word: its takes, the templates made of them, and the threshold that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.calibration import Calibration, calibrate
from labbench.wakeword.dtw import TemplateBank
from labbench.wakeword.embedder import Embedder, Frames
from labbench.wakeword.takes import REJECTED, Verdict, cut_take, outliers
from labbench.wakeword.templates import Template, against_cohort, embed_take


@dataclass(frozen=True)
class Take:
    """One recording of a word (16 kHz, shape [n]; speech at samples `start` to `stop`), its verdict and templates.

    A rejected take has no templates: it stays in the list so that its reason can be read.
    """

    label: str
    samples: NDArray[np.float32]
    start: int
    stop: int
    verdict: Verdict
    templates: tuple[Template, ...] = ()

    @property
    def used(self) -> bool:
        return bool(self.templates)

    @property
    def seconds(self) -> float:
        """Length of the speech in it."""
        return (self.stop - self.start) / 16_000


@dataclass(frozen=True)
class TaughtWord:
    """A word and its takes. `threshold_set` is the user's own threshold, None for the calibrated one."""

    name: str
    takes: tuple[Take, ...] = ()
    threshold_set: float | None = None

    @property
    def templates(self) -> tuple[Template, ...]:
        return tuple(template for take in self.takes for template in take.templates)


@dataclass(frozen=True)
class WordModel:
    """What the detector needs of one word: immutable, made anew whenever its takes change."""

    name: str
    frames: tuple[Frames, ...]
    ordinary: tuple[float, ...]
    threshold: float
    seconds: float
    """How long the word usually takes to say."""

    def distance(self, raw: NDArray[np.float32]) -> float:
        """Raw template distances of this word as one: 0 is identical, 1 as far as ordinary speech."""
        return float(np.mean(raw / np.asarray(self.ordinary, np.float32)))


def make_take(
    label: str,
    samples: NDArray[np.float32],
    embedder: Embedder,
    cohort: Sequence[Frames],
    babble: NDArray[np.float32],
) -> Take:
    """Judge a clip by its sound and, unless it is rejected, make templates of it."""
    cut = cut_take(samples)
    if cut.verdict in REJECTED:
        return Take(label, samples, cut.start, cut.stop, cut.verdict)
    versions = embed_take(embedder, samples, cut.start, cut.stop, babble)
    templates = tuple(against_cohort(versions, cohort))
    return Take(label, samples, cut.start, cut.stop, cut.verdict, templates)


def with_take(word: TaughtWord, take: Take, others: Sequence[TaughtWord] = ()) -> TaughtWord:
    """`word` with one take more, judged against its other takes and against other words.

    Verdicts on the sound stay; "unlike" and "collides" are found anew for all takes.
    """
    return judge(replace(word, takes=(*word.takes, take)), others)


def judge(word: TaughtWord, others: Sequence[TaughtWord] = ()) -> TaughtWord:
    """Verdicts that depend on company: unlike the other takes, or closer to another word than that word allows."""
    used = [take for take in word.takes if take.used]
    unlike = dict(zip(map(id, used), outliers(leave_one_out(word)), strict=True))
    rivals = [model_of(other) for other in others if other.name != word.name and other.templates]
    takes = []
    for take in word.takes:
        verdict = take.verdict
        if verdict in (Verdict.UNLIKE, Verdict.COLLIDES):
            verdict = Verdict.GOOD
        if take.used and verdict is Verdict.GOOD:
            if any(_distance_to(take, rival) < rival.threshold for rival in rivals):
                verdict = Verdict.COLLIDES
            elif unlike[id(take)]:
                verdict = Verdict.UNLIKE
        takes.append(replace(take, verdict=verdict))
    return replace(word, takes=tuple(takes))


def _distance_to(take: Take, rival: WordModel) -> float:
    window = take.templates[0].frames
    bank = TemplateBank(rival.frames)
    return rival.distance(bank.distances(window))


def leave_one_out(word: TaughtWord) -> list[float]:
    """Normalised distance of each used take's quiet version to the templates of the other takes; empty under two."""
    used = [take for take in word.takes if take.used]
    if len(used) < 2:
        return [float("nan")] * len(used) if used else []
    result = []
    for left_out in used:
        rest = [template for take in used if take is not left_out for template in take.templates]
        bank = TemplateBank([template.frames for template in rest])
        raw = bank.distances(left_out.templates[0].frames)
        result.append(float(np.mean(raw / np.array([template.ordinary for template in rest], np.float32))))
    return result


def calibration_of(word: TaughtWord) -> Calibration:
    """The threshold that follows from the word's takes and the background cohort."""
    templates = word.templates
    background = np.mean([template.cohort / template.ordinary for template in templates], axis=0)
    takes = [value for value in leave_one_out(word) if not np.isnan(value)]
    return calibrate(background, takes)


def model_of(word: TaughtWord) -> WordModel:
    """What the detector needs. The word must have at least one used take."""
    threshold = word.threshold_set if word.threshold_set is not None else calibration_of(word).threshold
    return WordModel(
        name=word.name,
        frames=tuple(template.frames for template in word.templates),
        ordinary=tuple(template.ordinary for template in word.templates),
        threshold=threshold,
        seconds=float(np.mean([take.seconds for take in word.takes if take.used])),
    )
