"""Our alignment against openai-whisper's own, compiled one: the same paths, also between equal steps."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.models.word_alignment import align

steady = settings(derandomize=True, deadline=None, database=None, max_examples=150)


@pytest.fixture(scope="module")
def original() -> Callable[[np.ndarray], np.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba, about its threading layers
        from whisper.timing import dtw_cpu

        dtw_cpu(np.zeros((1, 1)))
    return dtw_cpu  # type: ignore[no-any-return]


@steady
@given(
    rows=st.integers(1, 15),
    columns=st.integers(1, 40),
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(["smooth", "coarse", "equal", "nearly equal"]),
)
def test_the_same_path(
    rows: int, columns: int, seed: int, kind: str, original: Callable[[np.ndarray], np.ndarray]
) -> None:
    random = np.random.default_rng(seed)
    cost = {
        "smooth": random.normal(size=(rows, columns)),
        "coarse": random.integers(-2, 3, (rows, columns)).astype(np.float64),
        "equal": np.full((rows, columns), 0.1),
        "nearly equal": 1.0 + random.integers(0, 9, (rows, columns)) * 1e-9,  # lost in single precision
    }[kind]
    assert np.array_equal(align(cost), original(cost))
