"""What was nearly heard and said again; hops that stand alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.timebase import MODEL_RATE
from labbench.live.equipment import load_word_kit
from labbench.wakeword.embedder import Frames
from labbench.wakeword.learning import Refusal, learn
from labbench.wakeword.near_misses import NearMiss
from labbench.wakeword.retries import LATEST_SECONDS, SOONEST_SECONDS, LoneHop, came_near, lone_hops, repeated
from labbench.wakeword.spotter import HOP, Detection, window_before
from labbench.wakeword.words import TaughtWord, with_take

TAKES = paths.assets() / "clips" / "takes"
THRESHOLD = 0.6


def miss(at: float, word: str = "yes") -> NearMiss:
    return NearMiss(word, at, THRESHOLD + 0.02, THRESHOLD)


def detection(at: float, word: str = "yes") -> Detection:
    return Detection(word, at - 0.6, at - 0.1, 0.5, THRESHOLD, at)


def test_a_miss_counts_where_the_same_word_follows_in_time() -> None:
    pairs = repeated([miss(1.0), miss(20.0), miss(40.0)], [detection(3.0), detection(20.5), detection(49.0)])
    assert [(one.at_s, other.at) for one, other in pairs] == [(1.0, 3.0)]
    assert repeated([miss(1.0)], [detection(3.0, "no")]) == []
    assert repeated([miss(3.0)], [detection(1.0)]) == []


def test_what_is_still_in_the_window_is_no_miss() -> None:
    assert repeated([miss(3.0)], [detection(1.5), detection(5.0)]) == []
    assert len(repeated([miss(3.6)], [detection(1.5), detection(5.0)])) == 1


def test_a_detection_explains_the_last_miss_only() -> None:
    pairs = repeated([miss(1.0), miss(3.0)], [detection(5.0)])
    assert [(one.at_s, other.at) for one, other in pairs] == [(3.0, 5.0)]


@given(st.lists(st.floats(0, 60), max_size=12), st.lists(st.floats(0, 60), max_size=12))
def test_every_pair_is_in_time_and_nothing_counts_twice(missed: list[float], heard: list[float]) -> None:
    pairs = repeated([miss(at) for at in missed], [detection(at) for at in heard])
    for one, other in pairs:
        assert other.at - one.at_s + 1e-9 >= SOONEST_SECONDS and other.at - one.at_s <= LATEST_SECONDS + 1e-9
    assert len({id(other) for _, other in pairs}) == len(pairs)


def test_the_word_was_said_where_it_first_came_near() -> None:
    distances = np.array([0.9, 0.9, 0.66, 0.65, 0.64, 0.62, 0.9])
    indices = (np.arange(len(distances), dtype=np.int64) + 1) * HOP
    assert came_near(miss(6 * HOP / MODEL_RATE), indices, distances) == 3 * HOP / MODEL_RATE
    assert came_near(miss(1 * HOP / MODEL_RATE), indices, distances) == 1 * HOP / MODEL_RATE
    assert came_near(miss(2.0), indices[:0], distances[:0]) == 2.0


def test_a_hop_that_stands_alone_is_told() -> None:
    distances = np.array([0.9, 0.9, 0.5, 0.9, 0.9, 0.5, 0.5, 0.9, 0.62, 0.5, 0.9, 0.5])
    indices = (np.arange(len(distances), dtype=np.int64) + 1) * HOP
    assert lone_hops("yes", indices, distances, THRESHOLD) == [LoneHop("yes", 3 * HOP / MODEL_RATE, 0.5)]
    assert lone_hops("yes", indices[:2], distances[:2], THRESHOLD) == []


def test_only_what_is_like_what_was_said_again_is_learnt(moonshine: None) -> None:
    kit = load_word_kit()
    clips = {path.stem: read_clip(path).for_models() for path in TAKES.glob("*_*.flac")}
    word = TaughtWord("computer")
    for number in (2, 3, 4):
        word = with_take(word, kit.take(str(number), clips[f"computer_{number}"]))
    missed = kit.take("missed", clips["computer_1"])

    def frames(name: str) -> Frames:
        return kit.embedder.embed(window_before(clips[name], len(clips[name])))

    assert learn(word, missed, again=frames("computer_3")).refusal is None
    assert learn(word, missed, again=frames("jarvis_1")).refusal is Refusal.ANOTHER
    assert learn(word, missed, again=frames("jarvis_1"), forced=True).refusal is not Refusal.ANOTHER
