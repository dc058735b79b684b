"""Resampling: nothing moves in time, and a stream gives what the whole clip gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import StreamResampler, resample

RATES = (8000, 11025, 16000, 22050, 44100, 48000, 96000)
steady = settings(derandomize=True, deadline=None, database=None, max_examples=25)


def streamed(samples: np.ndarray, rate: int, blocks: list[int]) -> np.ndarray:
    """`samples` through a stream, in blocks of these sizes, over and over."""
    stream = StreamResampler(rate, MODEL_RATE)
    out, at, turn = [], 0, 0
    while at < len(samples):
        size = max(1, blocks[turn % len(blocks)])
        out.append(stream.push(samples[at : at + size]))
        at, turn = at + size, turn + 1
    out.append(stream.flush())
    return np.concatenate(out)


@pytest.mark.parametrize("rate", RATES)
@steady
@given(data=st.data())
def test_a_click_stays_where_it_is(rate: int, data: st.DataObject) -> None:
    length = rate // 4
    position = data.draw(st.integers(rate // 50, length - rate // 50))
    samples = np.zeros(length, np.float32)
    samples[position] = 0.9
    expected = position / rate * MODEL_RATE
    for result in (resample(samples, rate, MODEL_RATE), streamed(samples, rate, [rate // 50])):
        assert abs(int(np.argmax(np.abs(result))) - expected) <= 1.0


@pytest.mark.parametrize("rate", RATES)
@steady
@given(blocks=st.lists(st.integers(1, 5000), min_size=1, max_size=8), seed=st.integers(0, 99))
def test_a_stream_equals_the_whole(rate: int, blocks: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, rate // 5 + seed).astype(np.float32)
    blocks = [max(block, 64) for block in blocks]
    whole = resample(samples, rate, MODEL_RATE)
    parts = streamed(samples, rate, blocks)
    assert abs(len(parts) - len(samples) * MODEL_RATE / rate) <= 1.0
    assert abs(len(whole) - len(samples) * MODEL_RATE / rate) <= 1.0
    common = min(len(whole), len(parts))
    assert np.allclose(parts[:common], whole[:common], atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_level_and_the_result_is_float32(rate: int) -> None:
    seconds = np.arange(rate) / rate
    tone = (0.5 * np.sin(2 * np.pi * 1000.0 * seconds)).astype(np.float32)
    result = resample(tone, rate, MODEL_RATE)
    assert result.dtype == np.float32
    middle = result[len(result) // 4 : -len(result) // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_an_empty_block_and_an_empty_stream() -> None:
    stream = StreamResampler(48000, MODEL_RATE)
    assert len(stream.push(np.zeros(0, np.float32))) == 0
    assert len(stream.flush()) == 0
