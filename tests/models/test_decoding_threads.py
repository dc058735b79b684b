"""A step of decoding works on all threads where that pays, and on one where something else wants the cores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from small_whisper import CHECKPOINT

from labbench.transcript.engine import Precision

torch = pytest.importorskip("torch", reason="torch has no wheel here")
from labbench.models import decoding_threads  # noqa: E402
from labbench.models.decoding_threads import EVERY, TRIED, DecodingThreads  # noqa: E402
from labbench.models.whisper_checkpoint import read_checkpoint  # noqa: E402
from labbench.models.whisper_engine import build_network  # noqa: E402
from labbench.models.whisper_linear import int8_works  # noqa: E402

FREE, BUSY, ALONE = 0.012, 0.060, 0.017
"""Seconds of a step: on all threads where the cores are free, where they are not, and on one thread."""


class _Clock:
    """Goes on by what a step takes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.together = FREE

    def perf_counter(self) -> float:
        return self.now

    def step(self, threads: DecodingThreads) -> int:
        """Take one; the threads it worked on."""
        with threads:
            used: int = torch.get_num_threads()
            self.now += ALONE if used == 1 else self.together
        return used

    def steps(self, threads: DecodingThreads, count: int) -> list[int]:
        return [self.step(threads) for _ in range(count)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Clock]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    clock = _Clock()
    monkeypatch.setattr(decoding_threads, "time", clock)
    yield clock
    torch.set_num_threads(before)


def test_all_threads_work_where_the_cores_are_free(clock: _Clock) -> None:
    used = clock.steps(DecodingThreads(), 2 * EVERY)
    assert used == ([1] * TRIED + [2] * (EVERY - TRIED)) * 2
    assert torch.get_num_threads() == 2


def test_one_works_for_as_long_as_something_else_wants_the_cores(clock: _Clock) -> None:
    threads = DecodingThreads()
    clock.steps(threads, EVERY // 2)
    clock.together = BUSY
    clock.steps(threads, EVERY // 2 + 2 * TRIED)
    assert set(clock.steps(threads, EVERY - 2 * TRIED)) == {1}, "noticed at the next trial"
    clock.together = FREE
    assert clock.steps(threads, EVERY) == [2] * TRIED + [1] * TRIED + [2] * (EVERY - 2 * TRIED)


def test_a_small_gain_is_not_worth_the_cores_of_others(clock: _Clock) -> None:
    threads = DecodingThreads()
    clock.together = ALONE * 0.95
    clock.steps(threads, 2 * TRIED)
    assert threads.alone


def test_a_step_that_fails_leaves_the_number_of_threads_as_it_was(clock: _Clock) -> None:
    with pytest.raises(ValueError), DecodingThreads():
        raise ValueError
    assert torch.get_num_threads() == 2


def test_nothing_is_tried_where_torch_was_told_to_use_one_thread(clock: _Clock) -> None:
    torch.set_num_threads(1)
    threads = DecodingThreads()
    assert set(clock.steps(threads, 2 * EVERY)) == {1}
    torch.set_num_threads(2)
    assert clock.step(threads) == 1, "the first of its trials"


@pytest.mark.parametrize(("precision", "first"), [("fast", 1), ("exact", 2)])
def test_a_step_of_the_decoder_is_one_of_them_in_int8_alone(
    clock: _Clock, monkeypatch: pytest.MonkeyPatch, precision: Precision, first: int
) -> None:
    network = build_network(read_checkpoint(CHECKPOINT), "cpu", precision)
    if precision == "fast" and not int8_works():
        pytest.skip("this processor has no int8 layers")
    used = []
    monkeypatch.setattr(network, "logits", lambda hidden: used.append(torch.get_num_threads()))
    with torch.inference_mode():
        sound, cache = network.encode(torch.zeros((80, 200))), network.cache()
        for at in range(TRIED + 1):
            network.step([50257], at, sound, cache)
    assert used == [first] * TRIED + [2]
