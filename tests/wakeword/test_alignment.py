"""A take laid into a sound: the path is that of the distance, and what is not there is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core.paths import assets
from labbench.live.equipment import load_word_kit
from labbench.wakeword.alignment import aligned, runs
from labbench.wakeword.dtw import match
from labbench.wakeword.embedder import unit_rows
from labbench.wakeword.spotter import window_before

TAKES = assets() / "clips" / "takes"


@pytest.fixture(scope="module")
def kit(moonshine):
    return load_word_kit()


def take(kit, name):
    return kit.take(name, read_clip(TAKES / f"{name}.flac").for_models())


def laid(kit, one, samples):
    frames = kit.embedder.embed(window_before(samples, len(samples)))
    return aligned(one.templates[0].frames, frames, one.templates[0].ordinary, kit.embedder.frame)


@given(st.integers(1, 12), st.integers(2, 30), st.integers(0, 1000))
def test_the_path_is_the_one_of_the_distance(rows, columns, seed):
    random = np.random.default_rng(seed)
    one, other = (unit_rows(random.normal(size=(n, 5)).astype(np.float32)) for n in (rows, columns))
    found, known = aligned(one, other, 0.5, 384), match(one, other)
    assert found.distance == known.distance and found.normalised == pytest.approx(known.distance / 0.5)
    assert [tuple(step) for step in found.path.tolist()] == list(known.path)
    assert found.along.sum() / rows == pytest.approx(known.distance, abs=1e-4)
    assert np.diff(found.path, axis=0).min(initial=0) >= 0 and np.diff(found.path, axis=0).max(initial=0) <= 1
    assert found.columns == (known.path[0][1], known.path[-1][1] + 1)
    assert len(found.by_frame) == rows and found.by_frame.min() >= found.along.min() - 1e-6
    step = int(random.integers(len(found.path)))
    assert found.nearest_step(*(found.path[step] + 0.5)) == step


def test_the_same_word_matches_as_a_whole(kit):
    one, other = take(kit, "computer_1"), take(kit, "computer_3")
    assert not laid(kit, one, other.samples).mismatches


def test_another_word_does_not_match(kit):
    one, other = take(kit, "computer_1"), take(kit, "jarvis_1")
    assert laid(kit, one, other.samples).unlike.mean() > 0.7


def test_what_was_said_otherwise_is_found_where_it_is(kit):
    one, same, other = take(kit, "computer_1"), take(kit, "computer_2"), take(kit, "jarvis_2")
    word, wrong = (each.samples[each.start : each.stop] for each in (same, other))
    silence = np.zeros(8000, np.float32)
    mixed = np.concatenate([silence, word[: len(word) // 2], wrong[len(wrong) // 2 :], silence])
    found = laid(kit, one, mixed)
    ((first, stop),) = found.mismatches
    assert first >= 0.4 * len(found.cost) and not found.unlike[: len(found.cost) // 3].any()
    start, end = found.columns_of(first, stop)
    assert found.columns[0] < start < end <= found.columns[1]
    assert found.by_frame[first:stop].min() > found.limit


def test_long_frames_are_not_smoothed():
    one = unit_rows(np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32))
    found = aligned(one, one, 0.3, 1280)
    assert found.by_frame == pytest.approx(np.zeros(4), abs=1e-6) and found.frame_s == 0.08


def test_runs_of_marks():
    assert runs(np.array([1, 1, 0, 0, 1, 0, 1], bool)) == [(0, 2), (4, 5), (6, 7)] and runs(np.zeros(3, bool)) == []
