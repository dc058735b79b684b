"""Probabilities of speech into stretches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.signal.speech_stretches import GateSettings, speaking, speech_stretches

FRAME, RATE = 10, 100
PLAIN = GateSettings(begin_above=0.5, end_below=0.3, least_frames=2, least_silence=0.3, around=0.0)


def stretches(values: list[float], settings: GateSettings = PLAIN) -> list[tuple[int, int]]:
    found = speech_stretches(values, FRAME, len(values) * FRAME, RATE, settings)
    return [(start // FRAME, stop // FRAME) for start, stop in found]


def test_it_begins_above_one_threshold_and_ends_below_another() -> None:
    assert stretches([0.4, 0.6, 0.9, 0.4, 0.4, 0.2, 0.4]) == [(1, 5)]


def test_a_single_frame_is_no_speech() -> None:
    assert stretches([0.0, 0.9, 0.0, 0.0]) == []
    assert stretches([0.0, 0.9, 0.4, 0.4, 0.0]) == []


def test_a_short_pause_belongs_to_the_speech() -> None:
    loud = [0.9, 0.9]
    assert stretches([*loud, 0, 0, 0, *loud]) == [(0, 7)]
    assert stretches([*loud, 0, 0, 0, 0, *loud]) == [(0, 2), (6, 8)]


def test_sound_around_it_is_kept_within_the_whole() -> None:
    settings = GateSettings(0.5, 0.3, 2, 0.0, around=0.2)
    assert stretches([0, 0.9, 0.9, 0, 0, 0, 0, 0, 0], settings) == [(0, 5)]
    assert stretches([0.9, 0.9, 0, 0, 0, 0.9, 0.9], settings) == [(0, 7)]


def test_nothing_at_all() -> None:
    assert stretches([]) == [] and stretches([0.1] * 5) == []


@given(st.lists(st.floats(0.0, 1.0), max_size=80), st.integers(0, 80))
def test_in_pieces_as_in_one(values: list[float], at: int) -> None:
    whole = speaking(values, PLAIN)
    first = speaking(values[:at], PLAIN)
    second = speaking(values[at:], PLAIN, before=bool(first[-1]) if len(first) else False)
    assert np.array_equal(whole, np.concatenate([first, second]))


@given(st.lists(st.floats(0.0, 1.0), max_size=80), st.integers(0, 30))
def test_stretches_are_in_order_and_hold_all_that_is_sure(values: list[float], more: int) -> None:
    settings = GateSettings(0.5, 0.3, 1, 0.2, 0.2)
    total = max(0, len(values) * FRAME - more % FRAME)
    found = speech_stretches(values, FRAME, total, RATE, settings)
    edges = [edge for stretch in found for edge in stretch]
    assert edges == sorted(set(edges)) and all(0 <= edge <= total for edge in edges)
    for number, value in enumerate(values):
        if value >= settings.begin_above:
            middle = min(number * FRAME + FRAME // 2, total - 1)
            assert any(start <= middle < stop for start, stop in found)
