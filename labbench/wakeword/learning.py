"""Whether a word learns from a moment that nobody recorded on purpose: only what is like it, only so much, and never at
the price of more false accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from labbench.wakeword.embedder import Frames
from labbench.wakeword.near_misses import MARGIN
from labbench.wakeword.references import Bank
from labbench.wakeword.scoring import DEFAULT
from labbench.wakeword.words import Take, TaughtWord, calibration_of, model_of, with_take

MOST_LEARNT = 40
MOST_RISE, SLACK = 1.1, 0.05
"""Expected false accepts an hour at the threshold of before may rise by a tenth, or by too little to be noticed."""


class Refusal(Enum):
    """Why a moment was not learnt."""

    UNUSABLE = "its sound is no good"
    UNLIKE = "it is not close enough to the takes"
    FULL = f"{MOST_LEARNT} moments have been learnt already"
    ALARMS = "false accepts would become more frequent"


@dataclass(frozen=True)
class Learnt:
    """The word afterwards, or why it stays as it was; expected false accepts an hour before and after."""

    word: TaughtWord
    refusal: Refusal | None
    before: float
    after: float


def learn(
    word: TaughtWord,
    take: Take,
    others: Sequence[TaughtWord] = (),
    scoring: str = DEFAULT,
    cohort: Sequence[Frames] = (),
    *,
    forced: bool = False,
) -> Learnt:
    """`word` with one more take that it learnt by itself, marked as such. What was taught is never displaced.

    The word must have a used take. The threshold that the user set, or that follows from the takes, is the one at which
    false accepts are counted before and after: more of them roll the step back. A `forced` one need not be near.
    Some scorings need the `cohort`'s windows. It takes a second or two for a word that has learnt a lot.
    """
    calibration = calibration_of(word, scoring, cohort)
    threshold = calibration.threshold if word.threshold_set is None else word.threshold_set
    before = calibration.at(threshold).false_accepts_per_hour

    def refused(why: Refusal, after: float = before) -> Learnt:
        return Learnt(word, why, before, after)

    if not take.used:
        return refused(Refusal.UNUSABLE)
    if sum(one.learnt for one in word.takes) >= MOST_LEARNT:
        return refused(Refusal.FULL)
    model = model_of(replace(word, threshold_set=threshold), scoring, cohort)
    raw = Bank(model.references).distances(take.templates[0].frames)
    if not forced and model.distance(raw) > threshold + MARGIN:
        return refused(Refusal.UNLIKE)
    more = with_take(word, replace(take, learnt=True), others)
    after = calibration_of(more, scoring, cohort).at(threshold).false_accepts_per_hour
    if after > MOST_RISE * before + SLACK:
        return refused(Refusal.ALARMS, after)
    return Learnt(more, None, before, after)
