"""Our alignment against openai-whisper's own: the same paths, also between equal steps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.models.word_alignment import align

steady = settings(derandomize=True, deadline=None, database=None, max_examples=150)


@pytest.fixture(scope="module")
def original() -> Callable[[np.ndarray], np.ndarray]:
    pytest.importorskip("torch", reason="torch has no wheel here")
    from labbench.models.whisper_package import timing

    return timing.dtw_cpu  # type: ignore[no-any-return]


@steady
@given(
    rows=st.integers(1, 15),
    columns=st.integers(1, 40),
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(["smooth", "coarse", "equal"]),
)
def test_the_same_path(
    rows: int, columns: int, seed: int, kind: str, original: Callable[[np.ndarray], np.ndarray]
) -> None:
    random = np.random.default_rng(seed)
    cost = {
        "smooth": random.normal(size=(rows, columns)),
        "coarse": random.integers(-2, 3, (rows, columns)).astype(np.float64),
        "equal": np.full((rows, columns), 0.1),
    }[kind]
    assert np.array_equal(align(cost), original(cost))


def plainly(cost: np.ndarray) -> np.ndarray:
    """The same recursion cell by cell in double precision, as the original's compiled one has it."""
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    step = np.full(total.shape, 2)
    step[:, 0], step[0, :] = 1, 2
    for j in range(1, columns + 1):
        for i in range(1, rows + 1):
            across, above, left = total[i - 1, j - 1], total[i - 1, j], total[i, j - 1]
            step[i, j] = 0 if across < above and across < left else 1 if above < across and above < left else 2
            total[i, j] = cost[i - 1, j - 1] + (across, above, left)[step[i, j]]
    path, i, j = [], rows, columns
    while i > 0 or j > 0:
        path.append((i - 1, j - 1))
        taken = step[i, j]
        i, j = i - (taken in (0, 1)), j - (taken in (0, 2))
    return np.array(path[::-1]).T


@steady
@given(rows=st.integers(1, 12), columns=st.integers(1, 25), seed=st.integers(0, 10_000))
def test_steps_that_are_nearly_equal_are_told_apart(rows: int, columns: int, seed: int) -> None:
    """By what single precision would lose."""
    cost = 1.0 + np.random.default_rng(seed).integers(0, 9, (rows, columns)) * 1e-9
    assert np.array_equal(align(cost), plainly(cost))
