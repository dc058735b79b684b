"""Ways of scoring side by side on one word's takes: what each would miss, let through, and take to teach."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, Progress
from labbench.live.embedding_host_main import load_kit
from labbench.live.listener import WordKit
from labbench.models.embedders import EmbedderSpec
from labbench.wakeword.logistic import PENALTY, fit_logistic
from labbench.wakeword.scoring import SCORINGS
from labbench.wakeword.ways import best_way, compare_ways
from labbench.wakeword.words import TaughtWord, calibration_of, leave_one_out, with_take

TAKES = paths.assets() / "clips" / "takes"


@pytest.fixture(scope="module")
def kit() -> WordKit:
    return load_kit(EmbedderSpec("mfcc"))


@pytest.fixture(scope="module")
def word(kit: WordKit) -> TaughtWord:
    taught = TaughtWord("computer")
    for path in sorted(TAKES.glob("computer_*.flac")):
        taught = with_take(taught, kit.take(path.stem, read_clip(path).for_models()))
    return taught


def test_each_way_is_what_calibration_says_of_it(kit: WordKit, word: TaughtWord) -> None:
    told: list[Progress] = []
    ticks = itertools.count()
    ways = compare_ways(word, kit.cohort.windows, told.append, clock=lambda: 0.5 * next(ticks))
    assert [way.scoring for way in ways] == list(SCORINGS) and [one.done for one in told] == list(range(len(SCORINGS)))
    for way in ways:
        assert way.calibration == calibration_of(word, way.scoring, kit.cohort.windows)
        distances = leave_one_out(word, way.scoring, kit.cohort.windows)
        assert way.missed == sum(one >= way.calibration.threshold for one in distances)
        assert way.tried == len(word.takes) and 0 <= way.accepted <= way.unseen and way.seconds == 0.5
        assert way.unseen == len(kit.cohort.windows[SCORINGS[way.scoring].unseen])
    assert any(way.missed for way in ways), "the classic is not enough for several voices"
    best = best_way(ways)
    assert best.missed / best.tried + best.accepted / best.unseen <= ways[0].missed / ways[0].tried


@pytest.mark.slow
def test_training_does_not_beat_neighbours_with_a_handful_of_takes(moonshine: None) -> None:
    kit = load_kit(EmbedderSpec())
    taught = TaughtWord("jarvis")
    for path in sorted(TAKES.glob("jarvis_*.flac")):
        taught = with_take(taught, kit.take(path.stem, read_clip(path).for_models()))
    by_name = {way.scoring: way for way in compare_ways(taught, kit.cohort.windows)}
    assert all(way.missed == 0 and way.accepted == 0 for way in by_name.values())
    assert best_way(tuple(by_name.values())).scoring in ("fused", "dtw")
    assert min(by_name["fused"].apart, by_name["dtw"].apart) > by_name["prototype"].apart


def test_too_few_takes_and_a_cancel_are_told(kit: WordKit, word: TaughtWord) -> None:
    with pytest.raises(LabBenchError, match="has 2 usable takes: too few"):
        compare_ways(TaughtWord("computer", word.takes[:2]), kit.cohort.windows)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        compare_ways(word, kit.cohort.windows, lambda progress: cancel.cancel(), cancel)


def test_a_head_with_more_dimensions_than_points_is_the_same_and_quick() -> None:
    random = np.random.default_rng(0)
    points = random.normal(size=(60, 80))
    wanted = np.arange(60) < 15
    points[wanted, 0] += 2.0
    narrow = fit_logistic(points, wanted)
    doubled = fit_logistic(np.vstack([points, points]), np.tile(wanted, 2))  # more points than dimensions
    assert np.allclose(narrow[0], doubled[0], atol=1e-3) and narrow[1] == pytest.approx(doubled[1], abs=1e-3)
    began = time.thread_time()
    fit_logistic(random.normal(size=(150, 1280)), np.arange(150) < 15, PENALTY)
    assert time.thread_time() - began < 1.0
