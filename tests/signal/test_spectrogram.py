"""The drawn spectrogram: however it is come by, a moment looks the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.audio.files import read_clip
from labbench.core import paths
from labbench.core.timebase import MODEL_RATE
from labbench.signal.coding import DBFS, WHISPER
from labbench.signal.columns import WhisperColumns
from labbench.signal.overview import Overview
from labbench.signal.resampling import resample
from labbench.signal.spectra import short_time
from labbench.signal.spectrogram import Spectrogram, SpectrogramImage, SpectrogramSettings
from labbench.signal.tiles import TILE, TileCache
from labbench.signal.whisper_mel import log_mel_30s

KINDS = ("mel", "linear", "whisper")
few = settings(derandomize=True, deadline=None, database=None, max_examples=20)


class Sound:
    """A sound of which the first `heard` samples are there."""

    def __init__(self, samples: np.ndarray, rate: int) -> None:
        self.samples, self.rate, self.heard = samples.astype(np.float32), rate, len(samples)
        self.read_samples = 0

    def read(self, start: int, stop: int) -> np.ndarray:
        assert 0 <= start < stop <= self.heard
        self.read_samples += stop - start
        return self.samples[start:stop]

    def frames(self) -> int:
        return self.heard

    def drawn(self, kind: str = "mel", overview: Overview | None = None, **more: float) -> Spectrogram:
        return Spectrogram(self.read, self.frames, self.rate, SpectrogramSettings(kind, **more), overview)  # type: ignore[arg-type]

    def overview(self) -> Overview:
        return Overview.build(self.read, self.heard, self.rate)


def speech(rate: int = 48_000, seconds: float = 14.0) -> Sound:
    clip = read_clip(paths.assets() / "clips" / "sentences_with.flac")
    samples = resample(clip.samples, clip.rate, rate)
    return Sound(np.resize(samples, round(seconds * rate)), rate)


def sine(hertz: float, seconds: float, rate: int) -> Sound:
    return Sound(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), rate)


def overlap(a: SpectrogramImage, b: SpectrogramImage) -> tuple[np.ndarray, np.ndarray]:
    """The columns that both images have."""
    assert a.column_s == b.column_s
    shift = (b.first_s - a.first_s) / a.column_s
    assert shift == pytest.approx(round(shift), abs=1e-6), "anchored to absolute positions"
    offset = round(shift)
    first = max(0, offset)
    stop = max(first, min(len(a.values), offset + len(b.values)))
    return a.values[first:stop], b.values[first - offset :][: stop - first]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_tiled_is_untiled(rate: int) -> None:
    sound = speech(rate, 5.0)
    whole = short_time(sound.samples, rate, 25.0, rate // 100)
    image = sound.drawn("linear").image(0.0, 5.0, 800)
    assert image.values.dtype == np.uint8 and image.coding is DBFS
    assert len(image.values) == len(whole) == 500
    assert len(image.values) > 3 * TILE and image.column_s == pytest.approx(0.01)
    assert np.abs(image.levels() - np.clip(whole, -120, 7.5)).max() <= 0.2501 + 1e-3
    assert image.times()[0] == pytest.approx(0.0, abs=1e-9) and image.centres_hz[-1] == rate / 2


@pytest.mark.parametrize("kind", KINDS)
@given(st.floats(0.0, 10.0), st.integers(50, 1200))
@few
def test_panning_never_changes_a_column(kind: str, start: float, most: int) -> None:
    sound = PANNED
    still, moving = sound.drawn(kind), sound.drawn(kind)
    here, there = still.image(3.0, 7.0, most), moving.image(start, start + 4.0, most)
    assert np.array_equal(*overlap(here, there))
    again = moving.image(3.0, 7.0, most)
    assert np.array_equal(here.values, again.values) and here.first_s == again.first_s


PANNED = speech(16_000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most", [100, 400, 2000])
def test_a_live_sound_grows_into_the_whole_one(kind: str, most: int) -> None:
    sound = speech(48_000, 4.0)
    whole = sound.drawn(kind).image(0.0, 4.0, most)
    sound.heard = 0
    live = sound.drawn(kind)
    assert len(live.image(0.0, 4.0, most).values) == 0
    for heard in (*range(1000, 4 * 48_000, 7919), 4 * 48_000):
        sound.heard = heard
        image = live.image(0.0, 4.0, most)
        assert abs(image.stop_s - heard / 48_000) <= 1.5 * image.column_s, "up to what was heard"
    assert image.values.shape == whole.values.shape
    # Sums of another number of columns at once may round to the code next to it.
    difference = np.abs(image.values.astype(int) - whole.values)
    assert difference.max() <= 1 and np.mean(difference > 0) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_redraw_computes_only_what_is_new(kind: str) -> None:
    sound = speech(48_000)
    sound.heard = 12 * 48_000
    live = sound.drawn(kind)
    live.image(0.0, 12.0, 1000)
    first, sound.read_samples = live.cache.computed, 0
    for _ in range(60):
        sound.heard += 800
        live.image(sound.heard / 48_000 - 12.0, sound.heard / 48_000, 1000)
    assert first >= 600
    assert live.cache.computed - first < 60 * 10
    assert sound.read_samples < 60 * 0.3 * 48_000


@pytest.mark.parametrize("kind", ["mel", "linear"])
@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("hertz", [200.0, 440.0, 1500.0, 5000.0])
def test_a_ridge_lies_at_its_frequency(kind: str, rate: int, hertz: float) -> None:
    near = sine(hertz, 3.0, rate).drawn(kind).image(1.0, 2.0, 500)
    sound = sine(hertz, 45.0, rate)
    far = sound.drawn(kind, sound.overview()).image(0.0, 45.0, 500)
    for image, columns in ((near, slice(0, 100)), (far, slice(2, 250))):
        rows = image.values[columns].argmax(axis=1)
        assert np.all((image.edges_hz[rows - 1] <= hertz) & (hertz <= image.edges_hz[rows + 2]))
        assert -11.0 <= image.levels()[columns].max() <= -5.5, "half of full scale"


@pytest.mark.parametrize("window_ms", [5.0, 25.0, 60.0])
def test_a_sine_at_a_mel_bands_centre_reads_its_level(window_ms: float) -> None:
    for highest in (1000.0, 8000.0):
        bands = sine(100, 0.1, 48_000).drawn(window_ms=window_ms, highest_hz=highest).image(0, 0.1, 10).centres_hz
        for row in (30, 50, 79):
            sound = sine(bands[row], 1.0, 48_000)
            image = sound.drawn(window_ms=window_ms, highest_hz=highest).image(0.3, 0.7, 40)
            assert np.abs(image.levels()[2:-2, row] + 6.02).max() < 1.0


def test_columns_become_finer_and_coarser_by_twos() -> None:
    drawn = speech(48_000, 14.0).drawn("linear", highest_hz=4000.0)
    widths = {round(drawn.image(0, seconds, 1000).column_s * 1e5) / 100 for seconds in (0.5, 2, 4, 8, 14, 20, 40)}
    assert widths == {1.25, 2.5, 5.0, 10.0, 20.0, 40.0}
    assert drawn.image(0, 1, 10).centres_hz[-1] == pytest.approx(4000, abs=24)
    for seconds in (3.0, 10.0, 14.0):
        assert len(drawn.image(0, seconds, 1000).values) <= 1002


def test_a_click_shows_at_every_zoom() -> None:
    sound = Sound(np.zeros(40 * 16_000), 16_000)
    sound.samples[20 * 16_000 + 1234] = 1.0
    for most in (300, 1000, 4000):
        image = sound.drawn("linear").image(0.0, 40.0, most)
        loudest = int(image.levels().sum(axis=1).argmax())
        assert abs(image.times()[loudest] - (20 + 1234 / 16_000)) <= image.column_s


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 8000])
def test_whispers_units_are_whispers(rate: int) -> None:
    sound = speech(rate, 65.0)
    drawn = sound.drawn("whisper")
    at_16k = resample(sound.samples, rate, MODEL_RATE)
    truth = np.concatenate([log_mel_30s(at_16k[at : at + 480_000]).T for at in range(0, len(at_16k), 480_000)])
    for start, stop in ((0.0, 12.0), (25.0, 35.0), (58.0, 65.0)):
        image = drawn.image(start, stop, 4000)
        assert image.coding is WHISPER and image.column_s == 0.01
        numbers = np.rint(image.times() * 100).astype(int)
        assert len(numbers) >= round((stop - start) * 100)
        assert np.abs(image.levels() - truth[numbers]).max() < 0.012


@pytest.mark.parametrize("rate", [11_025, 44_100, 48_000, 44_099])
def test_a_stretch_is_resampled_as_the_whole(rate: int) -> None:
    sound = speech(rate, 3.0)
    whole = resample(sound.samples, rate, MODEL_RATE)
    columns = WhisperColumns(sound.read, rate)
    for start, stop in ((0, 500), (12_345, 13_000), (47_000, 48_000)):
        assert np.allclose(columns.resampled(start, stop, sound.heard), whole[start:stop], atol=1e-4)


def test_whispers_columns_are_averaged_when_they_are_too_many() -> None:
    drawn = speech(16_000).drawn("whisper")
    fine, coarse = drawn.image(2.0, 12.0, 2000), drawn.image(2.0, 12.0, 300)
    assert coarse.column_s == 0.04 and len(coarse.values) <= 302
    assert fine.column_s == 0.01
    skip = round((fine.first_s - coarse.first_s) / 0.01)
    inside = fine.values[-skip % 4 :]
    inside = inside[: len(inside) // 4 * 4].reshape(-1, 4, 80).mean(axis=1)
    offset = -(-skip // 4)
    assert np.abs(inside - coarse.values[offset : offset + len(inside)]).max() <= 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_long_stretches_agree_with_short_ones(kind: str) -> None:
    sound = speech(48_000, 60.0)
    overview = sound.overview()
    drawn = sound.drawn(kind, overview)
    far, near = drawn.image(0.0, 60.0, 300), drawn.image(10.0, 40.0, 3000)
    assert far.column_s == pytest.approx(0.32) and near.column_s == pytest.approx(0.01)
    for second in np.arange(11.0, 39.0, 0.5):
        for hertz in (300.0, 1000.0, 3000.0):
            assert near.value_at(second, hertz) is not None and far.value_at(second, hertz) is not None
    # Over a while both have the same mean power in a band.
    a, b = (image.levels()[(image.times() > 12) & (image.times() < 28)] for image in (far, near))
    scale = 10.0 if kind != "whisper" else 0.25
    bands = [(200, 400), (400, 900), (900, 2000), (2000, 4000)]
    for low, high in bands:
        means = []
        for image, levels in ((far, a), (near, b)):
            rows = (image.centres_hz > low) & (image.centres_hz < high)
            means.append(np.log10(np.mean(10.0 ** (levels[:, rows] / scale))) * scale)
        assert means[0] == pytest.approx(means[1], abs=scale * 0.15)


def test_without_an_overview_long_stretches_are_sampled() -> None:
    sound = sine(1000.0, 120.0, 16_000)
    image = sound.drawn("linear").image(0.0, 120.0, 500)
    assert 200 <= len(image.values) <= 502
    assert np.all(np.abs(image.centres_hz[image.values[1:-1].argmax(axis=1)] - 1000) < 32)
    for kind in KINDS:
        assert sound.drawn(kind).image(0.0, 120.0, 200).values.shape[0] <= 202
    assert sound.read_samples < 10 * len(sound.samples)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("start", "stop"), [(-5.0, -1.0), (20.0, 30.0), (3.0, 3.0), (4.0, 2.0), (-100.0, 200.0)])
def test_views_beyond_the_sound_are_cut(kind: str, start: float, stop: float) -> None:
    sound = speech(16_000, 5.0)
    for overview in (None, sound.overview()):
        image = sound.drawn(kind, overview).image(start, stop, 300)
        assert image.values.shape[1] == len(image.centres_hz) == len(image.edges_hz) - 1
        assert image.first_s >= -image.column_s
        assert image.stop_s <= 5.0 + image.column_s or not len(image.values)
    assert sound.drawn(kind).image(0.0, 1.0, 0).values.shape[0] <= 2


def test_points_are_read_off() -> None:
    image = sine(1000.0, 2.0, 16_000).drawn("linear").image(0.5, 1.5, 200)
    assert image.value_at(1.0, 1000.0) == pytest.approx(-6.0, abs=0.3)
    assert image.value_at(1.0, 9000.0) is None and image.value_at(0.1, 100.0) is None
    assert image.value_at(1.0, -50.0) is None


class Counted:
    """A source whose columns are their numbers."""

    rows = 100

    def existing(self, frames: int) -> int:
        return frames

    def settled(self, frames: int) -> int:
        return frames

    def compute(self, first: int, stop: int, frames: int) -> np.ndarray:
        return np.repeat((np.arange(first, stop) % 251).astype(np.uint8)[:, None], self.rows, axis=1)


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 800)), max_size=20))
@few
def test_the_cache_keeps_within_its_bounds_and_forgets_nothing_needed(views: list[tuple[int, int]]) -> None:
    cache = TileCache(most_bytes=10 * TILE * 100)
    for first, count in views:
        columns = cache.columns("a", Counted(), first, first + count, 3200)
        assert np.array_equal(columns[:, 0], np.arange(first, min(3200, first + count)) % 251)
        assert cache.bytes <= max(10, count // TILE + 2) * TILE * 100
