"""The drawn waveform: every level tells the truth about its samples, whatever the blocks they came in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labbench.signal.envelope import BASE, Envelope

sizes = st.lists(st.integers(0, 3000), min_size=1, max_size=12)


def filled(samples, parts):
    envelope = Envelope()
    for part in np.split(samples, np.cumsum(parts)[:-1]):
        envelope.append(part)
    return envelope


@given(sizes, st.integers(1, 400), st.data())
def test_columns_hold_the_extremes_of_their_samples(parts, most, data):
    samples = np.random.default_rng(sum(parts)).uniform(-1, 1, sum(parts)).astype(np.float32)
    envelope = filled(samples, parts)
    start = data.draw(st.integers(0, max(0, len(samples) - 1)))
    stop = data.draw(st.integers(start, len(samples)))
    columns = envelope.columns(start, stop, most)
    assert columns.first % columns.width == 0, "anchored to absolute indices"
    for number, (low, high) in enumerate(zip(columns.low, columns.high, strict=True)):
        part = samples[columns.first + number * columns.width :][: columns.width]
        assert (low, high) == (part.min(), part.max())


@given(sizes)
def test_blocks_do_not_matter(parts):
    samples = np.random.default_rng(1).uniform(-1, 1, sum(parts)).astype(np.float32)
    one, many = filled(samples, [len(samples)]), filled(samples, parts)
    for most in (5, 50, 500):
        a, b = one.columns(0, len(samples), most), many.columns(0, len(samples), most)
        assert np.array_equal(a.low, b.low) and np.array_equal(a.high, b.high) and a.width == b.width


def test_an_hour_costs_as_few_columns_as_a_second():
    envelope = Envelope()
    for _ in range(60):
        envelope.append(np.zeros(60 * 8000, np.float32))
    assert len(envelope.columns(0, envelope.samples, 1000).low) <= 1000
    assert envelope.columns(0, 8000, 1000).width == BASE


def test_what_was_drawn_once_never_changes():
    samples = np.random.default_rng(2).uniform(-1, 1, 20_000).astype(np.float32)
    envelope = Envelope()
    envelope.append(samples[:12_000])
    before = envelope.columns(0, 8000, 200)
    envelope.append(samples[12_000:])
    after = envelope.columns(0, 8000, 200)
    assert np.array_equal(before.low, after.low[: len(before.low)])
