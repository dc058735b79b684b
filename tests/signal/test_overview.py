"""The overview of hours: small, the same however it grew, and stored without trust."""

from __future__ import annotations

import io

import numpy as np
import pytest

from labbench.core.errors import Cancelled, FormatError
from labbench.core.progress import CancelToken, Progress
from labbench.signal.coding import DBFS
from labbench.signal.overview import FACTOR, Overview
from labbench.signal.rows import CELLS
from labbench.signal.spectra import Analysis


def noise(seconds: float, rate: int, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(5).standard_normal(round(seconds * rate))).astype(np.float32)


def built(samples: np.ndarray, rate: int) -> Overview:
    return Overview.build(lambda a, b: samples[a:b], len(samples), rate)


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000, 96_000])
def test_a_cell_is_the_mean_power_of_its_part(rate: int) -> None:
    samples = noise(3.0, rate)
    overview = built(samples, rate)
    assert overview.width / rate == pytest.approx(0.16, rel=0.01)
    columns = overview.columns(0, len(samples), 0)
    assert columns.width == overview.width and len(columns.codes) == len(samples) // overview.width
    levels = DBFS.decode(columns.codes)
    # White noise: the power that a window of 25 ms lets through, everywhere.
    window = Analysis.of(rate, 25.0).window
    expected = 20 * np.log10(0.1) + 10 * np.log10(float(np.sum(window.astype(float) ** 2)))
    assert 10 * np.log10(np.mean(10 ** (levels[:, 2:] / 10))) == pytest.approx(expected, abs=0.3)


def test_cells_lie_evenly_around_their_frequencies() -> None:
    t = np.arange(48_000) / 48_000
    samples = (0.5 * np.sin(2 * np.pi * 100 * 48_000 / 512 * t)).astype(np.float32)
    levels = DBFS.decode(built(samples, 48_000).columns(0, 48_000, 0).codes)[1:-1]
    assert np.all(levels.argmax(axis=1) == 100)
    assert np.abs(levels[:, 99] - levels[:, 101]).max() <= 0.5


def test_a_column_waits_for_the_sound_that_its_last_spectrum_reaches() -> None:
    samples = noise(1.0, 16_000)
    overview = Overview(16_000)
    overview.extend(lambda a, b: samples[a:b], overview.width)
    assert overview.samples == 0
    overview.extend(lambda a, b: samples[a:b], overview.width + 40)
    assert overview.samples == overview.width


def test_grown_in_pieces_is_built_at_once() -> None:
    samples = noise(40.0, 16_000)
    grown = Overview(16_000)
    for heard in (*range(0, len(samples), 7919), len(samples)):
        grown.extend(lambda a, b: samples[a:b], heard)
    whole = built(samples, 16_000)
    assert grown.samples == whole.samples > 39.8 * 16_000
    for wanted in (0, 6000, 20_000, 100_000):
        a, b = (one.columns(0, len(samples), wanted) for one in (grown, whole))
        assert (a.first, a.width) == (b.first, b.width) and a.codes.shape == b.codes.shape
        assert np.abs(a.codes.astype(int) - b.codes).max() <= 1


def test_coarser_columns_are_means_of_finer_ones() -> None:
    samples = noise(60.0, 16_000) * np.linspace(0, 1, 60 * 16_000, dtype=np.float32)
    overview = built(samples, 16_000)
    fine = 10 ** (DBFS.decode(overview.columns(0, len(samples), 0).codes) / 10)
    for factor in (2, 4, 8, 16):
        coarse = overview.columns(0, len(samples), factor * overview.width)
        assert coarse.width == factor * overview.width
        means = fine[: len(fine) // factor * factor].reshape(-1, factor, CELLS).mean(axis=1)[: len(coarse.codes)]
        assert np.abs(DBFS.decode(coarse.codes) - 10 * np.log10(means)).max() < 1.0


def test_two_hours_take_sixteen_megabytes() -> None:
    overview = Overview(48_000)
    columns = 2 * 3600 * 48_000 // overview.width
    codes = np.zeros((columns, CELLS), np.uint8)
    whole = Overview.from_arrays({"rate": np.asarray(48_000, np.int64), "codes": codes})
    assert whole.bytes <= 16e6
    for wanted in (whole.width, 300 * 48_000, 7.2 * 48_000):
        assert len(whole.columns(0, 7200 * 48_000, wanted).codes) <= 7200 * 48_000 / wanted + 1
    assert FACTOR ** (len(whole._levels) - 1) * whole.width / 48_000 > 60


def test_it_says_how_far_it_is_and_can_be_cancelled() -> None:
    samples = noise(20.0, 16_000)
    said: list[Progress] = []
    Overview.build(lambda a, b: samples[a:b], len(samples), 16_000, said.append)
    done = [progress.done for progress in said]
    assert done == sorted(done) and len(done) > 4
    assert said[-1].total == 20.0 and done[-1] == pytest.approx(20.0, abs=0.2)
    token = CancelToken()

    def stop_midway(progress: Progress) -> None:
        if progress.done > 10:
            token.cancel()

    with pytest.raises(Cancelled):
        Overview.build(lambda a, b: samples[a:b], len(samples), 16_000, stop_midway, token)


def test_sound_is_read_once_in_short_blocks() -> None:
    samples = noise(60.0, 16_000)
    sizes = []

    def read(start: int, stop: int) -> np.ndarray:
        sizes.append(stop - start)
        return samples[start:stop]

    Overview.build(read, len(samples), 16_000)
    assert max(sizes) < 4 * 16_000
    assert sum(sizes) < 1.1 * len(samples)


def test_a_stored_overview_goes_on_growing() -> None:
    samples = noise(40.0, 16_000)
    half = built(samples[: 20 * 16_000], 16_000)
    file = io.BytesIO()
    np.savez(file, **half.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        restored = Overview.from_arrays(arrays)
    assert restored.samples == half.samples and restored.rate == 16_000
    restored.extend(lambda a, b: samples[a:b], len(samples))
    a, b = (one.columns(0, len(samples), 12_000) for one in (restored, built(samples, 16_000)))
    assert np.abs(a.codes.astype(int) - b.codes).max() <= 1


@pytest.mark.parametrize(
    "change",
    [
        {"rate": None},
        {"codes": None},
        {"rate": np.asarray(0, np.int64)},
        {"rate": np.asarray(48_000.0)},
        {"rate": np.asarray([48_000], np.int64)},
        {"rate": np.asarray(2**40, np.int64)},
        {"codes": np.zeros((5, 255), np.uint8)},
        {"codes": np.zeros(256, np.uint8)},
        {"codes": np.zeros((5, 256), np.int16)},
        {"codes": np.broadcast_to(np.zeros(256, np.uint8), (10**8, 256))},
    ],
)
def test_nonsense_is_refused(change: dict[str, np.ndarray | None]) -> None:
    arrays = Overview(16_000).to_arrays() | change
    with pytest.raises(FormatError):
        Overview.from_arrays({name: value for name, value in arrays.items() if value is not None})
