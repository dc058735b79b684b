"""Four ways to score the same takes: one protocol, one direction, one scale."""

from __future__ import annotations

import pickle
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.core.errors import LabBenchError
from labbench.wakeword import words
from labbench.wakeword.dtw import TemplateBank
from labbench.wakeword.embedder import Frames, unit_rows
from labbench.wakeword.logistic import fit_logistic
from labbench.wakeword.references import Bank, PooledBank, Reference
from labbench.wakeword.scoring import SCORINGS, scoring_of
from labbench.wakeword.spotter import HOP, Spotter, spot_clip
from labbench.wakeword.takes import Verdict
from labbench.wakeword.templates import WINDOW, Template, against_cohort
from labbench.wakeword.warped import DTW, FUSED
from labbench.wakeword.whitening import whitener_of
from labbench.wakeword.words import Take, TaughtWord, WordModel, calibration_of, judge, leave_one_out, model_of

steady = settings(derandomize=True, deadline=None, database=None, max_examples=40)
DIMENSIONS, FRAME = 24, 640
COMMON = np.full(DIMENSIONS, 0.8)
"""What all frames share, as an encoder's frames do: it says nothing about a word."""


def said(word: int, seed: int, length: int = 12) -> Frames:
    """Frames of an utterance: a path of its word's own, with a speaker's noise."""
    corners = np.random.default_rng(1000 + word).normal(size=(4, DIMENSIONS))
    path = np.stack([np.interp(np.linspace(0, 3, length), range(4), column) for column in corners.T], axis=1)
    noise = np.random.default_rng(seed).normal(0.0, 0.35, (length, DIMENSIONS))
    return unit_rows((path + noise + COMMON).astype(np.float32))


def speech(seed: int, length: int = 50) -> Frames:
    """Frames that wander: ordinary speech."""
    steps = np.random.default_rng(seed).normal(0.0, 0.6, (length, DIMENSIONS))
    wander = np.stack([np.convolve(column, np.ones(5) / 2.2, "same") for column in steps.T], axis=1)
    return unit_rows((wander + COMMON).astype(np.float32))


COHORT = [speech(seed) for seed in range(60)]
WHITENER = whitener_of(COHORT)


def taught(word: int, takes: int = 4, name: str = "word") -> TaughtWord:
    made = []
    for seed in range(takes):
        versions = [said(word, 10 * seed + 7 * word + version, 11 + seed) for version in range(3)]
        sound = np.zeros(8000, np.float32)
        made.append(
            Take(f"take {seed}", sound, 0, 8000, Verdict.GOOD, tuple(against_cohort(versions, COHORT, (), WHITENER)))
        )
    return TaughtWord(name, tuple(made))


def window_with(utterance: Frames, at: int, seed: int) -> Frames:
    window = speech(seed).copy()
    window[at : at + len(utterance)] = utterance
    return window


def distance(model: WordModel, window: Frames) -> float:
    return model.distance(Bank(model.references).distances(window))


class Frozen:
    """An embedder for streams of frames: the sound carries, sample by sample, the number of its frame."""

    name, checksum, frame, dimensions = "frozen", "0" * 64, FRAME, DIMENSIONS

    def __init__(self, frames: Frames) -> None:
        self._frames = frames

    def embed(self, samples: np.ndarray) -> Frames:
        return self._frames[samples[:: self.frame].astype(int)]


every_scoring = pytest.mark.parametrize("scoring", SCORINGS)


@every_scoring
def test_the_word_is_near_and_others_and_speech_are_far(scoring: str) -> None:
    model = model_of(taught(0), scoring, COHORT)
    own = [distance(model, window_with(said(0, 900 + seed), 5 + seed, 500 + seed)) for seed in range(12)]
    other = [distance(model, window_with(said(1, 900 + seed), 5 + seed, 500 + seed)) for seed in range(12)]
    background = [distance(model, speech(700 + seed)) for seed in range(12)]
    assert max(own) < model.threshold < min(other)
    assert max(own) < min(background)
    assert np.mean(background) == pytest.approx(1.0, abs=0.12)


@every_scoring
def test_the_cohorts_mean_is_the_unit_and_zero_the_least(scoring: str) -> None:
    word = taught(2)
    model = model_of(word, scoring, COHORT)
    distances = [distance(model, window) for window in COHORT[scoring_of(scoring).unseen]]
    assert np.mean(distances) == pytest.approx(1.0, abs=1e-3) and min(distances) >= 0
    assert calibration_of(word, scoring, COHORT).background[0] == pytest.approx(1.0, abs=1e-3)
    left_out = leave_one_out(word, scoring, COHORT)
    assert len(left_out) == 4 and max(left_out) < 0.9


@every_scoring
def test_the_same_takes_give_the_same_model_also_in_another_process(scoring: str) -> None:
    one, other = (model_of(taught(1), scoring, COHORT) for _ in range(2))
    window = window_with(said(1, 77), 20, 3)
    assert distance(one, window) == distance(other, window) and one.threshold == other.threshold
    assert distance(pickle.loads(pickle.dumps(one)), window) == distance(one, window)


@every_scoring
def test_the_span_is_where_the_word_was_said(scoring: str) -> None:
    model = model_of(taught(0), scoring, COHORT)
    bank = Bank(model.references)
    assert len(bank) == len(model.references) == len(model.fusion.ordinary)
    window = window_with(said(0, 31), 17, 8)
    nearest = model.fusion.nearest(bank.distances(window))
    first, last = bank.span(nearest, window)
    assert abs(first - 17) <= 3 and abs(last - 28) <= 3


@every_scoring
def test_counter_examples_go_with_every_scoring(scoring: str) -> None:
    """They are warped whichever way the word is scored, and never loosen its threshold."""
    word = taught(0)
    against = replace(word, against=(taught(1).takes[0],))
    with_them, without = (calibration_of(one, scoring, COHORT) for one in (against, word))
    assert with_them.background[0] >= without.background[0] - 1e-9
    assert len(model_of(against, scoring, COHORT).against) == 1


def test_dtw_is_the_mean_of_warped_distances_in_units_of_the_stored_ones() -> None:
    word = taught(3)
    model, window = model_of(word, DTW), speech(5)
    raw = TemplateBank([template.frames for template in word.templates]).distances(window)
    ordinary = np.array([template.ordinary for template in word.templates], np.float32)
    assert model.scoring == DTW
    assert distance(model, window) == pytest.approx(float(np.mean(raw / ordinary)), abs=1e-5)
    assert model.threshold == model_of(word, DTW, COHORT).threshold


def test_words_of_all_scorings_run_side_by_side() -> None:
    """In one spotter each has the distances that it has alone, whatever stands before it."""
    order = [*SCORINGS, FUSED, "nearest"]
    said_word = [0, 1, 0, 1, 0, 1, 0]  # words that share a bank differ
    words = [
        model_of(taught(word, name=f"{n} {scoring}"), scoring, COHORT)
        for n, (word, scoring) in enumerate(zip(said_word, order, strict=True))
    ]
    stream = np.concatenate([speech(40), said(0, 60), speech(41), said(1, 61), speech(42)])
    sound = np.repeat(np.arange(len(stream)), FRAME).astype(np.float32)
    embedder = Frozen(stream)
    together, found = spot_clip(Spotter(embedder, words), sound)
    for number, word in enumerate(words):
        alone, detections = spot_clip(Spotter(embedder, [word]), sound)
        mine = [frame.distances[number] for frame in together]
        assert [frame.distances[0] for frame in alone] == pytest.approx(mine, abs=1e-5)
        shared = [(one.start, one.end, one.at) for one in found if one.word == word.name]
        assert shared == [(one.start, one.end, one.at) for one in detections]
        place = 50 if said_word[number] == 0 else 112
        assert detections, word.name
        assert detections[0].start == pytest.approx(place * FRAME / 16_000, abs=0.25)
    assert len(together[0].distances) == len(words) and WINDOW % FRAME == 0 and HOP % FRAME == 0


def textbook(window: np.ndarray, direction: np.ndarray, length: int, centre: np.ndarray, offset: float) -> float:
    length = min(length, len(window))
    best = np.inf
    for start in range(len(window) - length + 1):
        point = window[start : start + length].astype(float).mean(axis=0) - centre
        best = min(best, offset - float(direction @ point) / max(float(np.linalg.norm(point)), 1e-9))
    return max(best, 0.0)


def test_what_was_learnt_has_a_say_of_its_own_and_displaces_nothing() -> None:
    """Another way to say it, far from what was taught: only that comes nearer."""
    word, strange = taught(0), replace(taught(1).takes[0], learnt=True)
    before = model_of(word)
    after = model_of(replace(word, takes=(*word.takes, strange)))
    own = [window_with(said(0, 900 + seed), 5 + seed, 500 + seed) for seed in range(6)]
    other = [window_with(said(1, 900 + seed), 5 + seed, 500 + seed) for seed in range(6)]
    for window in own:
        assert distance(after, window) == pytest.approx(distance(before, window), abs=0.08)
    assert max(distance(after, window) for window in other) < min(distance(before, window) for window in other) - 0.1
    alone = model_of(replace(word, takes=(strange,)))
    assert {one.alone for one in alone.references} == {0}, "with nothing taught beside it, it is what there is"


@steady
@given(st.lists(st.integers(1, 15), min_size=1, max_size=5), st.integers(1, 12), st.integers(0, 500))
def test_pooled_distances_are_the_formula_at_every_place(lengths: list[int], width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    centre = random.normal(0, 0.3, 6).astype(np.float32)
    directions = [random.normal(size=(1, 6)).astype(np.float32) for _ in lengths]
    references = [Reference(d, n, centre, 1.5) for d, n in zip(directions, lengths, strict=True)]
    window = unit_rows(random.normal(size=(width, 6)).astype(np.float32))
    expected = [textbook(window, d[0], n, centre, 1.5) for d, n in zip(directions, lengths, strict=True)]
    assert PooledBank(references).distances(window) == pytest.approx(expected, abs=2e-4)


def test_banks_without_references() -> None:
    for bank in (Bank([]), PooledBank([])):
        assert bank.distances(speech(0)).shape == (0,)


def test_what_a_scoring_needs() -> None:
    with pytest.raises(LabBenchError, match=r"There is no scoring 'best'\. Choose one of: fused, dtw, nearest"):
        model_of(taught(0), "best", COHORT)
    with pytest.raises(ValueError, match="cohort"):
        model_of(taught(0), "nearest")
    with pytest.raises(ValueError, match="cohort"):
        model_of(taught(0), "logistic", COHORT[:1])  # one to train against, none to measure with


@steady
@given(st.integers(0, 200), st.integers(2, 5), st.integers(5, 60))
def test_the_head_is_the_minimum_of_its_loss(seed: int, positives: int, negatives: int) -> None:
    """The loss, written out once more, rises in every direction from there."""
    random = np.random.default_rng(seed)
    wanted = np.arange(positives + negatives) < positives
    points = random.normal(size=(positives + negatives, 4)) + wanted[:, None] * 0.7
    penalty = 0.02

    def loss(weights: np.ndarray, bias: float) -> float:
        total = 0.0
        for point, is_word in zip(points, wanted, strict=True):
            score = float(weights @ point) + bias
            share = 0.5 / positives if is_word else 0.5 / negatives
            total += share * float(np.log1p(np.exp(-score if is_word else score)))
        return total + penalty / 2 * float(weights @ weights)

    weights, bias = fit_logistic(points, wanted, penalty)
    least = loss(weights, bias)
    for _ in range(20):
        step = random.normal(size=5)
        step *= 0.05 / np.linalg.norm(step)
        assert loss(weights + step[:4], bias + step[4]) > least - 1e-7


def test_a_head_of_real_size_is_trained_within_a_second() -> None:
    random = np.random.default_rng(0)
    cohort = [unit_rows(random.normal(size=(83, 288)).astype(np.float32)) for _ in range(171)]
    frames = [unit_rows(random.normal(size=(30, 288)).astype(np.float32)) for _ in range(15)]
    takes = [[Template(one, np.ones(1, np.float32)) for one in frames]]
    began = time.process_time()
    scoring_of("logistic").learn(takes, cohort)
    assert time.process_time() - began < 1.0


def test_a_take_is_judged_by_the_scoring_of_its_word() -> None:
    """Its frames the other way round have the same average: only warping tells it from the others."""
    word = taught(0, 6)
    other = turned(word).takes[0]
    verdicts = {
        scoring: judge(replace(word, takes=(other, *word.takes[1:]), scoring=scoring), (), COHORT).takes[0].verdict
        for scoring in (DTW, "nearest")
    }
    assert verdicts == {DTW: Verdict.UNLIKE, "nearest": Verdict.GOOD}
    blind = judge(replace(word, takes=(other, *word.takes[1:]), scoring="nearest"))
    assert blind.takes[0].verdict is Verdict.UNLIKE, "without the cohort's windows it is judged as words usually are"


def turned(word: TaughtWord) -> TaughtWord:
    """Its frames the other way round: the same averages, another order."""
    takes = []
    for take in word.takes:
        versions = [template.frames[::-1].copy() for template in take.templates]
        takes.append(replace(take, templates=tuple(against_cohort(versions, COHORT, (), WHITENER))))
    return replace(word, name="turned", takes=tuple(takes))


def test_a_rival_is_heard_as_it_will_be_detected() -> None:
    """Averages take a word for the same word turned round; warping does not."""
    word, found = turned(taught(0)), {}
    for scoring in (DTW, "nearest"):
        rival = replace(taught(0, name="rival"), scoring=scoring)
        judged = judge(word, [rival], COHORT)
        found[scoring] = {take.verdict for take in judged.takes}
        assert judge(word, [model_of(rival, scoring, COHORT)], COHORT).takes == judged.takes
    assert found == {DTW: {Verdict.GOOD}, "nearest": {Verdict.COLLIDES}}
    assert judge(word).takes[0] is word.takes[0], "what stays as it is stays the same object"


@every_scoring
def test_only_taught_takes_are_left_out_of_a_word_to_find_its_threshold(
    scoring: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = taught(0)
    more = replace(word, takes=(*word.takes, *(replace(take, learnt=True) for take in word.takes * 3)))
    learnings, learn = [], words._learn
    monkeypatch.setattr(words, "_learn", lambda *given: learnings.append(given) or learn(*given))
    calibration = calibration_of(more, scoring, COHORT)
    assert len(calibration.takes) == len(word.takes) and len(learnings) == len(word.takes) + 1
