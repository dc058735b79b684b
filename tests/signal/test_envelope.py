"""The drawn waveform: every level tells the truth about its samples, whatever the blocks they came in."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labbench.core.errors import FormatError
from labbench.signal.envelope import BASE, SCALE, Envelope

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
        assert part.min() - 1.001 / SCALE < low <= part.min(), "rounded outward, by a step at most"
        assert part.max() <= high < part.max() + 1.001 / SCALE


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


def test_full_scale_is_exact_and_what_lies_beyond_is_cut_off():
    envelope = Envelope()
    envelope.append(np.repeat(np.float32([1.0, -1.0, 1.7, -9.0, 0.0, np.nan]), BASE))
    columns = envelope.columns(0, envelope.samples, 100)
    assert columns.high.tolist() == [1.0, -1.0, 1.0, -1.0, 0.0, 0.0]
    assert np.array_equal(columns.low, columns.high) and columns.low.dtype == np.float32


def test_two_hours_take_thirty_megabytes():
    envelope = Envelope()
    block = np.zeros(60 * 48_000, np.float32)
    for _ in range(120):
        envelope.append(block)
    assert envelope.samples == 2 * 3600 * 48_000
    assert envelope.bytes <= 30e6


def stored(envelope):
    """Its arrays, through a file as they are kept."""
    file = io.BytesIO()
    np.savez(file, **envelope.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


@given(sizes, st.integers(0, 3000))
def test_a_stored_envelope_goes_on_as_if_nothing_had_happened(parts, more):
    samples = np.random.default_rng(3).uniform(-1, 1, sum(parts) + more).astype(np.float32)
    whole = filled(samples, [len(samples)])
    restored = Envelope.from_arrays(stored(filled(samples[: sum(parts)], [sum(parts)])))
    restored.append(samples[sum(parts) :])
    for most in (5, 50, 500):
        a, b = whole.columns(0, len(samples), most), restored.columns(0, len(samples), most)
        assert a.width == b.width and np.array_equal(a.low, b.low) and np.array_equal(a.high, b.high)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("samples", None),
        ("samples", np.asarray(-1, np.int64)),
        ("samples", np.asarray(10**15, np.int64)),
        ("samples", np.asarray([1000], np.int64)),
        ("samples", np.asarray("1000")),
        ("rest", np.zeros(41, np.float32)),
        ("rest", np.zeros(40, np.float64)),
        ("low", np.zeros(14, np.int16)),
        ("low", np.zeros((15, 1), np.int16)),
        ("low", np.zeros(15, np.float32)),
        ("low", np.full(15, 32767, np.int16)),
        ("high", np.zeros(0, np.int16)),
    ],
)
def test_nonsense_is_refused(name, value):
    envelope = Envelope()
    envelope.append(np.random.default_rng(4).uniform(-1, 1, 1000).astype(np.float32))
    arrays = envelope.to_arrays()
    if value is None:
        del arrays[name]
    else:
        arrays[name] = value
    with pytest.raises(FormatError):
        Envelope.from_arrays(arrays)
