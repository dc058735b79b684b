"""Stored sound: any stretch of it is what the file holds, at both rates, and nothing is made up."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from labbench.audio.recorder import Recorder
from labbench.audio.stored import StoredSound
from labbench.core.errors import FormatError, LabBenchError
from labbench.core.timebase import MODEL_RATE
from labbench.signal.resampling import resample

KINDS = [
    ("wav", "PCM_16"),
    ("wav", "FLOAT"),
    ("wav", "PCM_24"),
    ("rf64", "PCM_16"),
    ("rf64", "FLOAT"),
    ("wavex", "PCM_16"),
    ("flac", "PCM_16"),
]


def noise(count: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).uniform(-0.9, 0.9, count)).astype(np.float32)


def written(path: Path, kind: str, subtype: str, samples: np.ndarray, rate: int = 44_100) -> Path:
    soundfile.write(path, samples, rate, subtype=subtype, format=kind)
    return path


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[Path, np.ndarray]]:
    folder = tmp_path_factory.mktemp("stored")
    made = {}
    for kind, subtype in KINDS:
        path = written(folder / f"{kind}_{subtype}", kind, subtype, noise(50_000))
        made[kind, subtype] = (path, soundfile.read(path, dtype="float32")[0])
    return made


@pytest.mark.parametrize("kind", KINDS)
@given(start=st.integers(-10, 50_100), length=st.integers(-5, 60_000))
def test_any_stretch_is_what_the_file_holds(kind: tuple[str, str], start: int, length: int, stored: dict) -> None:
    path, samples = stored[kind]
    with StoredSound(path) as sound:
        assert (sound.rate, sound.frames, sound.seconds) == (44_100, 50_000, 50_000 / 44_100)
        found = sound.read(start, start + length)
    assert found.dtype == np.float32
    assert np.array_equal(found, samples[max(0, start) : max(0, start + length)])


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_099, 44_100, 48_000, 96_000, 192_000])
def test_16k_is_that_of_the_whole_sound(rate: int, tmp_path: Path) -> None:
    samples = noise(3 * rate + 777)
    whole = resample(samples, rate, MODEL_RATE)
    with StoredSound(written(tmp_path / "x.wav", "wav", "FLOAT", samples, rate)) as sound:
        assert sound.model_frames == len(whole)
        random = np.random.default_rng(3)
        places = [(0, 1), (0, len(whole)), (len(whole) - 1, len(whole)), (-5, 20), (len(whole) - 20, len(whole) + 9)]
        places += [tuple(sorted(random.integers(0, len(whole), 2))) for _ in range(20)]
        for start, stop in places:
            found = sound.at_16k(int(start), int(stop))
            expected = whole[max(0, start) : stop]
            assert found.shape == expected.shape
            assert np.abs(found - expected).max(initial=0.0) < 1e-5
        assert len(sound.at_16k(40, 40)) == len(sound.at_16k(len(whole), len(whole) + 5)) == 0


def test_pieces_at_16k_fit_together_over_many_blocks(tmp_path: Path) -> None:
    """Longer than what is resampled at once: a tone goes on without a step."""
    rate = 8_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(35 * rate) / rate)).astype(np.float32)
    with StoredSound(written(tmp_path / "x.wav", "wav", "FLOAT", tone, rate)) as sound:
        once = sound.at_16k(0, sound.model_frames)
        pieces = np.concatenate([sound.at_16k(at, at + 70_001) for at in range(0, sound.model_frames, 70_001)])
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(once)) / MODEL_RATE)
    assert np.abs(once - pieces).max() < 1e-5
    assert np.abs(once - expected)[2000:-2000].max() < 1e-3


def test_a_recording_is_read_while_it_goes_on(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "x.wav", 16_000)
    recorder.write(noise(1000))
    sound = StoredSound(tmp_path / "x.wav")
    recorder.write(noise(1000, 1))
    assert sound.frames == 1000
    assert np.abs(sound.read(0, 5000) - noise(1000)).max() < 1e-4
    sound.close()
    recorder.close()
    with StoredSound(tmp_path / "x.wav") as sound:
        assert np.abs(sound.read(1000, 5000) - noise(1000, 1)).max() < 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_shorter_than_its_header_says(kind: tuple[str, str], stored: dict, tmp_path: Path) -> None:
    path, samples = stored[kind]
    (tmp_path / "x").write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with StoredSound(tmp_path / "x") as sound:
        assert 15_000 < sound.frames < 30_000
        assert np.array_equal(sound.read(0, 50_000), samples[: sound.frames])
        assert np.array_equal(sound.read(sound.frames - 10, sound.frames), samples[sound.frames - 10 : sound.frames])
        assert len(sound.read(sound.frames, 50_000)) == 0


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_a_file_that_gets_shorter_while_it_is_open(subtype: str, tmp_path: Path) -> None:
    path = written(tmp_path / "x.wav", "wav", subtype, noise(5_000))
    with StoredSound(path) as sound:
        expected = sound.read(0, 5_000)
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2 + 1)
        found = sound.read(1000, 5_000)
        assert 1000 < len(found) < 2000
        assert np.array_equal(found, expected[1000 : 1000 + len(found)])
        assert len(sound.read(4_000, 4_100)) == 0
        assert len(sound.at_16k(0, sound.model_frames)) < sound.model_frames


def test_many_threads_read_at_the_same_time(stored: dict) -> None:
    for kind in (("wav", "PCM_16"), ("flac", "PCM_16")):
        path, samples = stored[kind]
        with StoredSound(path) as sound, ThreadPoolExecutor(4) as pool:
            places = np.random.default_rng(4).integers(0, 49_000, 200)
            found = list(pool.map(lambda at, sound=sound: sound.read(at, at + 900), places))
        assert all(np.array_equal(part, samples[at : at + 900]) for at, part in zip(places, found, strict=True))


def test_what_is_gone_or_closed(tmp_path: Path) -> None:
    with pytest.raises(LabBenchError, match="no longer there"):
        StoredSound(tmp_path / "x.wav")
    with pytest.raises(LabBenchError):
        StoredSound(tmp_path)
    path = written(tmp_path / "x.wav", "wav", "PCM_16", noise(100))
    sound = StoredSound(path)
    sound.close()
    sound.close()
    path.unlink()  # nothing holds it any more
    with pytest.raises(LabBenchError, match="closed"):
        sound.read(0, 10)


def test_what_is_no_mono_sound(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"hello")
    with pytest.raises(FormatError, match="not a sound file"):
        StoredSound(tmp_path / "x.wav")
    with pytest.raises(FormatError, match="2 channels"):
        StoredSound(written(tmp_path / "y.wav", "wav", "PCM_16", np.zeros((10, 2))))


@given(cut=st.integers(0, 400), at=st.integers(0, 60), value=st.binary(min_size=1, max_size=8))
def test_damaged_headers(cut: int, at: int, value: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    samples = (noise(150) * 32767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 336, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 300)
    content = bytearray(head + samples)
    content[at : at + len(value)] = value
    path = tmp_path_factory.mktemp("damaged") / "x.wav"
    path.write_bytes(content[: len(content) - cut])
    try:
        sound = StoredSound(path)
    except LabBenchError:
        return
    with sound:
        assert sound.rate > 0
        assert sound.frames <= 400
        assert len(sound.read(0, 1000)) <= sound.frames
