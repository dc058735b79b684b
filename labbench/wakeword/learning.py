"""Whether a word learns from a moment that nobody recorded on purpose: only what is like it, only so much, and never at
the price of more false accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from labbench.wakeword.calibration import Tail
from labbench.wakeword.embedder import Frames
from labbench.wakeword.landmarks import LandmarkBank, landmarks_of
from labbench.wakeword.near_misses import MARGIN
from labbench.wakeword.references import Bank
from labbench.wakeword.scoring import DEFAULT
from labbench.wakeword.words import Take, TaughtWord, calibration_of, model_of, with_take

MOST_LEARNT = 40
CLOSE = 0.3
"""How far above the threshold a take may lie that is like what was said again: cut out of noise it is farther than the
moment was in its window. Without a repetition it must be a near miss itself."""
ALIKE = 0.92
"""Two utterances of one word lie nearer to each other than that, also where one of them is lost in babble; of other
speech one in six windows does."""
TAKEN_WITH_IT = 0.02
"""Of the ordinary speech that is as far from a word as a moment, so much, to be safe, is taken for that moment once it
was learnt: one window in 140 was for the worst of fourteen stretches of speech, none for ten of them."""
MOST_RISE, SLACK = 1.1, 0.05
"""Expected false accepts an hour at the threshold of before may rise by a tenth, or by too little to be noticed."""


class Refusal(Enum):
    """Why a moment was not learnt."""

    UNUSABLE = "its sound is no good"
    UNLIKE = "it is not close enough to the takes"
    ANOTHER = "it is not close enough to what was said again"
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
    again: Frames | None = None,
    forced: bool = False,
) -> Learnt:
    """`word` with one more take that it learnt by itself, marked as such. What was taught is never displaced.

    The word must have a used take. The threshold that the user set, or that follows from the takes, is the one at which
    false accepts are counted before and after: more of them roll the step back. To those that the word's distances to
    ordinary speech tell of come, where nothing was said again, those that resemble the moment rather than the word. A
    `forced` one need not be near.
    `again` are frames of a window in which it was said once more: both must be alike. Some scorings need the `cohort`'s
    windows. It takes a second or two for a word that has learnt a lot.
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
    apart = model.distance(raw)
    if not forced and apart > threshold + (MARGIN if again is None else CLOSE):
        return refused(Refusal.UNLIKE)
    if again is not None and not forced and _between(word, take, again, scoring, cohort) > ALIKE:
        return refused(Refusal.ANOTHER)
    more = with_take(word, replace(take, learnt=True), others, cohort)
    after = calibration_of(more, scoring, cohort).at(threshold).false_accepts_per_hour
    if again is None:
        after += TAKEN_WITH_IT * Tail(*calibration.background).per_hour(apart)
    if after > MOST_RISE * before + SLACK:
        return refused(Refusal.ALARMS, after)
    return Learnt(more, None, before, after)


def _between(word: TaughtWord, take: Take, again: Frames, scoring: str, cohort: Sequence[Frames]) -> float:
    """How far what was said again is from a word that is taught with that take alone."""
    alone = replace(word, takes=(take,), against=(), scoring=scoring)
    return float(LandmarkBank(landmarks_of([alone], cohort)).distances(again)[0])
