"""Broken files of every kind: each opens, or is refused in one sentence; none crashes or holds up the worker."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken
from labbench.live.worker import WorkerProcess, import_file

PATIENCE = 20.0
"""A file of half a second that takes longer hangs."""
BY_SNDFILE = {
    "wav": [("WAV", kind) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "IMA_ADPCM")]
    + [("WAVEX", "PCM_16"), ("RF64", "PCM_16")],
    "aiff": [("AIFF", "PCM_16"), ("AIFF", "FLOAT")],
    "flac": [("FLAC", "PCM_16"), ("FLAC", "PCM_24")],
    "mp3": [("MP3", "MPEG_LAYER_III")],
    "ogg": [("OGG", "VORBIS")],
    "opus": [("OGG", "OPUS")],
}
BY_FFMPEG = {"m4a": "aac", "mp4": "aac", "mov": "pcm_s16le", "webm": "libopus", "mkv": "pcm_s16le"}
KINDS = [*BY_SNDFILE, *BY_FFMPEG]
RATES = (8_000, 16_000, 44_100, 48_000, 96_000, 192_000)
LOSSY = {"mp3": RATES[1:4], "ogg": RATES[:4], "opus": (8_000, 16_000, 48_000)}


def sound(channels: int, rate: int) -> np.ndarray:
    time = np.arange(rate // 2) / rate
    return 0.3 * np.sin(2 * np.pi * np.outer(time, 200 + 50 * np.arange(channels))).astype(np.float32)


@cache
def encoded(kind: str) -> bytes:
    """Half a second in one of FFmpeg's containers."""
    import io

    codec, memory = BY_FFMPEG[kind], io.BytesIO()
    if codec not in av.codecs_available:
        return b"\x00\x00\x00\x20ftyp"
    with av.open(memory, "w", format={"m4a": "ipod", "mkv": "matroska"}.get(kind, kind)) as container:
        stream = container.add_stream(codec, rate=48_000, layout="stereo")
        resampler = av.AudioResampler(format=stream.format, layout="stereo", rate=48_000, frame_size=960)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound(2, 48_000).T), format="fltp", layout="stereo")
        frame.sample_rate = 48_000
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(part))
    return memory.getvalue()


def whole(kind: str, random: np.random.Generator, path: Path) -> bytes:
    """A file that is in order, if sometimes unusual."""
    if kind in BY_FFMPEG:
        return encoded(kind)
    container, subtype = BY_SNDFILE[kind][random.integers(len(BY_SNDFILE[kind]))]
    rate = int(random.choice(LOSSY.get(kind, RATES)))
    many = (1, 2) if kind in LOSSY or subtype == "IMA_ADPCM" else (1, 2, 6, 8) if kind == "flac" else (1, 2, 6, 48, 70)
    samples = sound(int(random.choice(many)), rate)
    if subtype in ("FLOAT", "DOUBLE"):
        samples[random.integers(0, len(samples), 20)] = random.choice([np.nan, np.inf, -np.inf, 1e30, 50.0])
    soundfile.write(path, samples, rate, format=container, subtype=subtype)
    return path.read_bytes()


def broken(content: bytes, random: np.random.Generator) -> bytes:
    """The same file after an accident."""
    size = len(content)
    match random.integers(9):
        case 0:
            return content
        case 1:
            return content[: int(random.integers(0, size))]
        case 2:
            return content[: int(random.integers(0, min(size, 100)))]
        case 3 | 4:  # in the header
            damaged = np.frombuffer(content, np.uint8).copy()
            damaged[random.integers(0, min(size, 300), random.integers(1, 6))] = random.integers(0, 256)
            return damaged.tobytes()
        case 5:  # anywhere
            damaged = np.frombuffer(content, np.uint8).copy()
            places = random.integers(0, size, random.integers(1, 60))
            damaged[places] = random.integers(0, 256, len(places))
            return damaged.tobytes()
        case 6:  # a number that claims too much
            at = 4 * int(random.integers(0, min(size, 240) // 4))
            return content[:at] + struct.pack("<I", int(random.choice([0, 1, 2**31, 2**32 - 1]))) + content[at + 4 :]
        case 7:
            return content + random.bytes(3000) + content[size // 3 :]
        case _:
            return random.bytes(int(random.integers(0, 500))) + content


def files(count: int, seed: int, folder: Path) -> Iterator[Path]:
    """So many files, each kind in its turn; some have another kind's name."""
    random = np.random.default_rng(seed)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        named = KINDS[random.integers(len(KINDS))] if random.random() < 0.15 else kind
        content = broken(whole(kind, random, folder / "whole"), random)
        path = folder / f"{number}.{named}"
        path.write_bytes(content)
        yield path


class Tally:
    """What became of the files."""

    def __init__(self) -> None:
        self.opened = self.refused = 0


def run(count: int, seed: int, folder: Path) -> Tally:
    worker, tally, target = WorkerProcess(), Tally(), folder / "out" / "x.wav"
    try:
        for path in files(count, seed, folder):
            cancel = CancelToken()
            clock = threading.Timer(PATIENCE, cancel.cancel)
            clock.start()
            try:
                found = import_file(worker, path, target, None, cancel=cancel)
            except LabBenchError as error:
                check_sentence(path, error)
                tally.refused += 1
            except Cancelled:
                pytest.fail(f"{path.name} takes longer than {PATIENCE} s")
            else:
                check_sound(target, found.frames, found.rate)
                assert "\n" not in found.note
                tally.opened += 1
                target.unlink()
            finally:
                clock.cancel()
                clock.join()
            assert not target.parent.exists() or not list(target.parent.iterdir()), f"{path.name} left something"
    finally:
        worker.close()
    return tally


def check_sentence(path: Path, error: LabBenchError) -> None:
    assert error.message.strip(), path.name
    assert error.hint.strip(), path.name
    assert "\n" not in str(error), path.name
    assert path.name in error.message
    assert error.message.endswith(".")
    assert "crashed" not in error.message, f"{path.name} crashed the worker"


def check_sound(target: Path, frames: int, rate: int) -> None:
    samples, stored_rate = soundfile.read(target, dtype="float32")
    assert samples.shape == (frames,)
    assert stored_rate == rate
    assert np.all(np.isfinite(samples))


def test_fifty_files(tmp_path: Path) -> None:
    tally = run(50, 1, tmp_path)
    assert tally.opened + tally.refused == 50
    assert min(tally.opened, tally.refused) > 5


@pytest.mark.slow
def test_five_hundred_files(tmp_path: Path) -> None:
    tally = run(500, 2, tmp_path)
    assert tally.opened + tally.refused == 500
    assert min(tally.opened, tally.refused) > 50
