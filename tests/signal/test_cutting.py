"""Sounds with stretches cut out: what is kept, and when that was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.signal.cutting import Cutting, cutting

RATE = 100


@st.composite
def cuttings(draw: st.DrawFn) -> Cutting:
    edges = sorted(draw(st.sets(st.integers(0, 3000), min_size=2, max_size=12)))
    edges = edges[: len(edges) // 2 * 2]
    total = edges[-1] + draw(st.integers(0, 500))
    around = draw(st.integers(0, 80))
    return Cutting(tuple(zip(edges[::2], edges[1::2], strict=True)), total, RATE, around, around)


moments = st.lists(st.floats(-5.0, 60.0), min_size=2, max_size=20).map(sorted)


@given(cuttings(), moments)
def test_times_never_run_backwards_or_leave_the_sound(cut: Cutting, seconds: list[float]) -> None:
    for move in (cut.to_whole, lambda at: cut.to_whole(at, ends=True), cut.to_cut):
        found = [move(at) for at in seconds]
        assert found == sorted(found)
    assert all(0.0 <= cut.to_whole(at) <= cut.total / RATE for at in seconds)
    assert all(0.0 <= cut.to_cut(at) <= cut.length / RATE for at in seconds)
    assert all(cut.to_whole(at, ends=True) <= cut.to_whole(at) for at in seconds)


@given(cuttings())
def test_every_kept_sample_finds_its_place_again(cut: Cutting) -> None:
    samples = np.arange(1, cut.total + 1, dtype=np.float32)
    short = cut.cut(samples)
    assert len(short) == cut.length
    kept = np.flatnonzero(short)
    for at in (kept[0], kept[len(kept) // 2], kept[-1]):
        assert cut.to_whole(at / RATE) * RATE == pytest.approx(short[at] - 1, abs=1e-3)
        assert cut.to_cut((short[at] - 1) / RATE) * RATE == pytest.approx(at, abs=1e-3)
    left = {at for start, stop in cut.left_out for at in range(start, stop)}
    assert len(kept) + len(left) == cut.total and not left & {int(one) - 1 for one in short[kept]}


@given(cuttings(), st.floats(0.0, 40.0))
def test_a_moment_that_was_cut_out_is_where_the_pieces_meet(cut: Cutting, seconds: float) -> None:
    there = cut.to_cut(seconds)
    assert cut.to_cut(cut.to_whole(there)) == pytest.approx(there)


def test_short_pauses_stay_and_long_ones_go() -> None:
    cut = cutting([(50, 100), (150, 300), (700, 800)], 820, RATE, least_cut=2.0)
    assert cut.pieces == ((0, 300), (700, 820)) and cut.left_out == ((300, 700),)
    assert cut.to_whole(3.0) == 7.0 and cut.to_whole(3.0, ends=True) == 3.0
    assert cut.bounds(1) == (3.0, 4.2) and cut.piece_at(3.0) == 1 and cut.piece_at(3.0, ends=True) == 0


def test_no_speech_leaves_nothing() -> None:
    cut = cutting([], 500, RATE, least_cut=2.0, short=9.0, silence=1.0)
    assert cut.pieces == () and cut.left_out == ((0, 500),) and cut.length == 0
    assert not len(cut.cut(np.ones(500, np.float32))) and cut.to_whole(3.0) == cut.to_cut(3.0) == 0.0


def test_speech_alone_is_the_same_array() -> None:
    samples = np.ones(500, np.float32)
    cut = cutting([(0, 500)], 500, RATE, least_cut=2.0, short=5.0, silence=1.0)
    assert cut.nothing_done and cut.cut(samples) is samples


def test_a_short_sound_gets_silence_around_it() -> None:
    cut = cutting([(0, 50)], 50, RATE, least_cut=2.0, short=5.0, silence=1.0)
    assert cut.cut(np.ones(50, np.float32)).tolist() == [0.0] * 100 + [1.0] * 50 + [0.0] * 100
    assert [cut.to_whole(at) for at in (0.0, 1.0, 1.25, 1.5, 2.5)] == [0.0, 0.0, 0.25, 0.5, 0.5]
