"""The batched DTW against the textbook's recursion, cell by cell."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.wakeword.dtw import FEW, TemplateBank, match
from labbench.wakeword.embedder import unit_rows

steady = settings(derandomize=True, deadline=None, database=None, max_examples=60)
lengths = st.lists(st.integers(1, 12), min_size=1, max_size=7)


def frames(count: int, seed: int, dimensions: int = 5) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32))


def textbook(template: np.ndarray, window: np.ndarray) -> float:
    """Subsequence DTW as in Mueller 2007, section 4.4, in plain loops."""
    rows, columns = len(template), len(window)
    table = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            cost = 1.0 - float(np.dot(template[i].astype(float), window[j].astype(float)))
            before = [0.0] if i == 0 else [table[i - 1][j]]
            if i > 0 and j > 0:
                before += [table[i - 1][j - 1], table[i][j - 1]]
            table[i][j] = cost + min(before)
    return min(table[-1]) / rows


@steady
@given(lengths, st.integers(1, 20), st.integers(0, 1000))
def test_distances_are_the_textbooks_in_the_order_given(sizes: list[int], width: int, seed: int) -> None:
    templates = [frames(size, seed + number) for number, size in enumerate(sizes)]
    window = frames(width, seed + 500)
    found = TemplateBank(templates).distances(window)
    assert found == pytest.approx([textbook(template, window) for template in templates], abs=1e-4)


@steady
@given(st.integers(1, 12), st.integers(1, 25), st.integers(0, 1000))
def test_the_path_explains_the_distance(rows: int, columns: int, seed: int) -> None:
    template, window = frames(rows, seed), frames(columns, seed + 1)
    found = match(template, window)
    assert found.distance == pytest.approx(textbook(template, window), abs=1e-4)
    assert found.distance == pytest.approx(float(TemplateBank([template]).distances(window)[0]), abs=1e-5)
    assert found.path[0][0] == 0
    assert found.path[-1][0] == rows - 1
    for (i, j), (k, m) in pairwise(found.path):
        assert (k - i, m - j) in {(1, 0), (0, 1), (1, 1)}
    costs = [1.0 - float(template[i] @ window[j]) for i, j in found.path]
    assert sum(costs) / rows == pytest.approx(found.distance, abs=1e-4)


@steady
@given(st.integers(1, 10), st.integers(0, 10), st.integers(0, 10), st.integers(0, 1000))
def test_a_template_cut_out_of_the_window_has_distance_zero(length: int, before: int, after: int, seed: int) -> None:
    window = frames(before + length + after, seed, dimensions=16)
    template = window[before : before + length]
    assert float(TemplateBank([template]).distances(window)[0]) == pytest.approx(0.0, abs=1e-5)
    assert match(template, window).path == tuple((i, before + i) for i in range(length))


def test_an_empty_bank() -> None:
    bank = TemplateBank([])
    assert len(bank) == 0
    assert bank.distances(frames(4, 0)).shape == (0,)


@steady
@given(st.integers(1, 2 * FEW), st.integers(1, 30), st.integers(0, 1000))
def test_many_templates_at_once_have_the_very_numbers_of_a_few(count: int, width: int, seed: int) -> None:
    """With many, the running minimum goes another way. Frames of whole numbers keep every sum exact."""
    random = np.random.default_rng(seed)
    templates = [random.integers(-3, 4, (int(random.integers(1, 10)), 4)).astype(np.float32) for _ in range(count)]
    window = random.integers(-3, 4, (width, 4)).astype(np.float32)
    together = TemplateBank(templates).distances(window)
    assert together.tolist() == [float(TemplateBank([one]).distances(window)[0]) for one in templates]
