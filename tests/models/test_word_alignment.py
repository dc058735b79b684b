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
