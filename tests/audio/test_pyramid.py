"""What views need of a long sound: kept beside it, equal to what was built, and never taken for another sound's."""

import numpy as np
import pytest
import soundfile

from labbench.audio import pyramid
from labbench.core.errors import LabBenchError
from labbench.core.progress import Cancelled, CancelToken

RATE = 8000


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "0001.wav"
    seconds = np.arange(50 * RATE) / RATE
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * (200 + 20 * seconds) * seconds), RATE, subtype="PCM_16")
    return path


def same(one, other) -> bool:
    a, b = one.envelope.columns(0, 50 * RATE, 500), other.envelope.columns(0, 50 * RATE, 500)
    spectra = zip(one.overview.to_arrays().values(), other.overview.to_arrays().values(), strict=True)
    return (
        np.array_equal(a.low, b.low)
        and np.array_equal(a.high, b.high)
        and all(np.array_equal(x, y) for x, y in spectra)
    )


def test_what_is_loaded_is_what_was_built(sound):
    seen = []
    built = pyramid.build(sound, seen.append)
    assert built.envelope.samples == 50 * RATE and built.overview is not None
    assert seen[-1].done == pytest.approx(seen[-1].total, abs=0.5) and len(seen) > 2
    assert pyramid.load(sound) is None
    pyramid.save(built, sound)
    loaded = pyramid.load(sound)
    assert loaded is not None and same(built, loaded) and loaded.bytes <= built.bytes * 1.5


def test_a_moved_sound_keeps_its_pyramid_and_another_one_does_not_get_it(sound, tmp_path):
    pyramid.save(pyramid.build(sound), sound)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for path in (sound, pyramid.cache_path(sound)):
        path.rename(folder / path.name)
    moved = folder / sound.name
    assert pyramid.load(moved) is not None
    samples, _ = soundfile.read(moved)
    soundfile.write(moved, -samples, RATE, subtype="PCM_16")
    assert pyramid.load(moved) is None, "of the same length, but another sound"


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"\x00" * 2000, None])
def test_a_damaged_one_is_built_again(sound, damage):
    pyramid.save(pyramid.build(sound), sound)
    path = pyramid.cache_path(sound)
    content = path.read_bytes()
    path.write_bytes(damage if damage is not None else content[: len(content) // 2])
    assert pyramid.load(sound) is None


def test_one_that_would_fill_the_memory_is_not_unpacked(sound, monkeypatch):
    pyramid.save(pyramid.build(sound), sound)
    monkeypatch.setattr(pyramid, "LARGEST_BYTES", 1000)
    assert pyramid.load(sound) is None


def test_single_wrong_bytes_never_crash(sound):
    built = pyramid.build(sound)
    pyramid.save(built, sound)
    path = pyramid.cache_path(sound)
    content = path.read_bytes()
    rng = np.random.default_rng(5)
    for place in rng.integers(0, len(content), 60).tolist():
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        loaded = pyramid.load(sound)
        assert loaded is None or loaded.envelope.samples >= 0


def test_a_short_sound_needs_no_overview(tmp_path):
    path = tmp_path / "short.wav"
    soundfile.write(path, np.zeros(RATE), RATE)
    assert pyramid.build(path).overview is None


def test_building_can_be_cancelled_and_leaves_nothing(sound):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        pyramid.build_beside(sound, on_progress=lambda _: None, cancel=token)
    assert not pyramid.cache_path(sound).exists()


def test_a_missing_sound_is_said(tmp_path):
    with pytest.raises(LabBenchError):
        pyramid.build(tmp_path / "none.wav")
    assert pyramid.load(tmp_path / "none.wav") is None
