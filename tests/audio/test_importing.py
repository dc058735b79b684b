"""Import: every container opens as the sound that went in, nothing is lost or overwritten, nothing is left behind."""

from __future__ import annotations

import errno
import io
import os
import struct
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from small_whisper import SPOKEN

from labbench.audio import files, wav_header
from labbench.audio.decoders import Block, SoundInfo, not_a_sound
from labbench.audio.files import read_clip
from labbench.audio.importing import Imported, import_sound, part_of, probe
from labbench.audio.recorder import mend_wav
from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, Progress

CLIP = SPOKEN / "digits_short.flac"
SNDFILE = {
    "wav": {},
    "flac": {},
    "mp3": {},
    "ogg": {},
    "opus": {"format": "OGG", "subtype": "OPUS"},
    "aiff": {},
    "caf": {},
    "au": {},
    "w64": {},
}
ENCODED = {"m4a": "aac", "mp4": "aac", "mov": "pcm_s16le", "webm": "libopus", "mkv": "pcm_s16le", "aac": "aac"}
LOSSLESS = {"wav", "flac", "aiff", "caf", "au", "w64", "mkv", "mov"}


def encode(path: Path, codec: str, samples: np.ndarray, rate: int) -> None:
    """Samples of shape [n, channels] by FFmpeg's encoder of that name."""
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no encoder {codec}")
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=960)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=layout)
        frame.sample_rate = rate
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(part))


def written(path: Path, samples: np.ndarray, rate: int) -> Path:
    kind = path.suffix[1:]
    if kind in SNDFILE:
        soundfile.write(path, samples, rate, **SNDFILE[kind])
    else:
        encode(path, ENCODED[kind], samples, rate)
    return path


def wave(path: Path) -> np.ndarray:
    samples, _ = soundfile.read(path, dtype="float32")
    assert samples.ndim == 1
    return samples


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """The correlation of two sounds where they fit together best."""
    size = len(a) + len(b)
    across = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    return float(np.abs(across).max() / np.sqrt(np.sum(a.astype(float) ** 2) * np.sum(b.astype(float) ** 2)))


@pytest.fixture(scope="module")
def clip() -> tuple[np.ndarray, int]:
    """Speech at a rate that every codec has."""
    found = read_clip(CLIP)
    return files.resample(found.samples, found.rate, 48_000), 48_000


@pytest.mark.parametrize("kind", [*SNDFILE, *ENCODED])
def test_every_container_opens_as_what_went_in(kind: str, clip: tuple[np.ndarray, int], tmp_path: Path) -> None:
    samples, rate = clip
    source = written(tmp_path / f"tone é {kind}.{kind}", np.stack([samples, 0.5 * samples], axis=1), rate)
    found = import_sound(source, tmp_path / "new" / "0001.wav", None)
    assert found == Imported(tmp_path / "new" / "0001.wav", rate, found.frames, 2, "")
    out = wave(found.path)
    assert len(out) == found.frames
    assert abs(len(out) - len(samples)) < 0.1 * rate
    assert likeness(out, samples) > 0.9
    assert np.sqrt(np.mean(out**2) / np.mean(samples**2)) == pytest.approx(0.75, rel=0.05)
    if kind in LOSSLESS:
        assert np.abs(out[: len(samples)] - 0.75 * samples).max() < 1e-4
    info = probe(source)
    assert (info.rate, info.channels) == (rate, 2)
    assert info.format
    if info.seconds is not None:
        assert info.seconds == pytest.approx(len(samples) / rate, abs=0.1)
    assert list(found.path.parent.iterdir()) == [found.path]


@pytest.mark.parametrize("kind", [*SNDFILE, *ENCODED])
def test_samples_are_as_fine_as_in_the_source(kind: str, clip: tuple[np.ndarray, int], tmp_path: Path) -> None:
    samples, rate = clip
    source = written(tmp_path / f"x.{kind}", samples[:, None], rate)
    found = import_sound(source, tmp_path / "x_.wav", None)
    assert soundfile.info(found.path).subtype == ("PCM_16" if kind in LOSSLESS else "FLOAT")


@pytest.mark.parametrize(
    ("kind", "subtype", "kept", "exact"),
    [
        ("wav", "PCM_U8", "PCM_16", True),
        ("wav", "PCM_16", "PCM_16", True),
        ("wav", "PCM_24", "FLOAT", True),
        ("wav", "PCM_32", "FLOAT", False),
        ("wav", "FLOAT", "FLOAT", True),
        ("wav", "DOUBLE", "FLOAT", True),
        ("wav", "ULAW", "PCM_16", True),
        ("flac", "PCM_24", "FLOAT", True),
    ],
)
def test_every_sample_is_kept(kind: str, subtype: str, kept: str, exact: bool, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, 30_000).astype(np.float32)
    soundfile.write(tmp_path / f"x.{kind}", noise, 22_050, subtype=subtype)
    expected, _ = soundfile.read(tmp_path / f"x.{kind}", dtype="float32")
    found = import_sound(tmp_path / f"x.{kind}", tmp_path / "y.wav", None)
    assert soundfile.info(found.path).subtype == kept
    assert np.abs(wave(found.path) - expected).max() <= (0.0 if exact else 1e-7)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000, 192_000])
def test_the_rate_stays(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(rate // 10, np.float32), rate)
    found = import_sound(tmp_path / "x.wav", tmp_path / "y.wav", None)
    assert (found.rate, found.frames) == (rate, rate // 10)
    assert soundfile.info(found.path).samplerate == rate


def test_louder_than_full_scale_is_kept(tmp_path: Path) -> None:
    loud = np.array([0.0, 3.5, -20.0, 32_768.0], np.float32)
    soundfile.write(tmp_path / "x.wav", loud, 16_000, subtype="FLOAT")
    assert np.array_equal(wave(import_sound(tmp_path / "x.wav", tmp_path / "y.wav", None).path), loud)


@pytest.mark.parametrize("kind", ["wav", "mov"])
def test_one_channel_of_choice(kind: str, clip: tuple[np.ndarray, int], tmp_path: Path) -> None:
    samples, rate = clip
    source = written(tmp_path / f"x.{kind}", np.stack([samples, -0.5 * samples[::-1]], axis=1), rate)
    second = import_sound(source, tmp_path / "y.wav", 1)
    assert second.channels == 2
    assert np.abs(wave(second.path)[: len(samples)] + 0.5 * samples[::-1]).max() < 1e-4
    for absent in (2, -1):
        with pytest.raises(LabBenchError, match="has no channel") as caught:
            import_sound(source, tmp_path / "z.wav", absent)
        assert "1 to 2" in caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == [source.name, "y.wav"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "there.wav").write_bytes(b"precious")
    with pytest.raises(LabBenchError, match="already exists"):
        import_sound(CLIP, tmp_path / "there.wav", None)
    assert (tmp_path / "there.wav").read_bytes() == b"precious"
    assert not part_of(tmp_path / "there.wav").exists()


def test_a_cancel_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(1_000_000, np.float32), 48_000)
    cancel = CancelToken()
    seen: list[Progress] = []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        assert part_of(tmp_path / "y.wav").exists()
        cancel.cancel()

    with pytest.raises(Cancelled):
        import_sound(tmp_path / "x.wav", tmp_path / "y.wav", None, stop, cancel)
    assert len(seen) == 1
    assert 0 < seen[0].done < (seen[0].total or 0.0)
    assert [path.name for path in tmp_path.iterdir()] == ["x.wav"]


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.flac", np.zeros(480_000, np.float32), 48_000)
    seen: list[Progress] = []
    import_sound(tmp_path / "x.flac", tmp_path / "y.wav", None, seen.append)
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert len(seen) > 2
    assert (seen[-1].done, seen[-1].total, seen[-1].unit) == (10.0, 10.0, "s")


def test_samples_that_are_no_numbers(tmp_path: Path) -> None:
    samples = np.full((100, 2), 0.25, np.float32)
    samples[10], samples[20], samples[30], samples[40] = np.nan, np.inf, -np.inf, 1e30
    samples[50, 0], samples[60] = np.nan, (np.inf, -np.inf)
    soundfile.write(tmp_path / "x.wav", samples, 16_000, subtype="FLOAT")
    found = import_sound(tmp_path / "x.wav", tmp_path / "y.wav", None)
    assert "muted" in found.note
    assert wave(found.path)[[0, 10, 20, 30, 40, 50, 60]].tolist() == [0.25, 0.0, 1.0, -1.0, 1.0, 0.125, 0.0]


@pytest.mark.parametrize("kind", ["wav", "aiff", "flac", "mp4", "mov", "webm", "mkv"])
def test_a_file_cut_short_gives_what_is_there(kind: str, clip: tuple[np.ndarray, int], tmp_path: Path) -> None:
    samples, rate = clip
    source = tmp_path / f"x.{kind}"
    if kind not in ("mp4", "mov"):
        written(source, samples[:, None], rate)
    else:
        with av.open(str(source), "w", options={"movflags": "faststart"}) as container:  # the index comes first
            stream = container.add_stream("aac", rate=rate, layout="mono")
            frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            frame.sample_rate = rate
            resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=1024)
            for part in [*resampler.resample(frame), *resampler.resample(None), None]:
                container.mux(stream.encode(part))
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 6 // 10])
    found = import_sound(source, tmp_path / "y.wav", None)
    assert 0.3 * len(samples) < found.frames < 0.9 * len(samples)
    assert f"{found.frames / rate:.1f} s of it could be read" in found.note
    assert likeness(wave(found.path), samples[: found.frames]) > 0.9


def test_a_flac_with_a_damaged_middle_is_read_beyond_it(clip: tuple[np.ndarray, int], tmp_path: Path) -> None:
    samples, rate = clip
    source = written(tmp_path / "x.flac", samples[:, None], rate)
    content = bytearray(source.read_bytes())
    content[len(content) // 2] ^= 0x55
    source.write_bytes(content)
    found = import_sound(source, tmp_path / "y.wav", None)
    assert "is damaged" in found.note
    assert found.frames > 0.9 * len(samples)
    assert np.abs(wave(found.path)[:10_000] - samples[:10_000]).max() < 1e-4


class Fake:
    """A decoder that gives so many samples of a value, and may then break off."""

    note = ""
    sixteen_bits = True

    def __init__(self, path: Path, *, frames: int, value: float, whole: bool) -> None:
        self.info = SoundInfo(None, 16_000, 1, "fake")
        self._path, self._block, self._whole = path, np.full((frames, 1), value, np.float32), whole

    def blocks(self) -> Iterator[Block]:
        yield Block(self._block, 16_000)
        if not self._whole:
            raise not_a_sound(self._path)

    def close(self) -> None:
        pass


def test_a_second_decoder_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what the first one gave before it broke off stays in the file, be that longer or not."""
    first, second = partial(Fake, frames=900, value=0.5, whole=False), partial(Fake, frames=700, value=0.25, whole=True)
    monkeypatch.setattr(files, "openers", lambda _: (first, second))
    found = import_sound(CLIP, tmp_path / "y.wav", None)
    assert found.frames == 700
    assert "is damaged: 0.0 s" in found.note
    assert np.array_equal(wave(found.path), np.full(700, 0.25, np.float32))
    assert found.path.stat().st_size == 80 + 1400
    monkeypatch.setattr(files, "openers", lambda _: (first, first))
    with pytest.raises(FormatError):
        import_sound(CLIP, tmp_path / "z.wav", None)
    assert [path.name for path in tmp_path.iterdir()] == ["y.wav"]


def test_joined_files_of_different_rates(tmp_path: Path) -> None:
    """A second MP3 glued to the first, at another rate: its sound keeps its pitch."""
    for rate, name in ((44_100, "a"), (22_050, "b")):
        tone = 0.4 * np.sin(2 * np.pi * 440 * np.arange(2 * rate) / rate)
        soundfile.write(tmp_path / f"{name}.mp3", tone, rate)
    (tmp_path / "x.mp3").write_bytes((tmp_path / "a.mp3").read_bytes() + (tmp_path / "b.mp3").read_bytes())
    found = import_sound(tmp_path / "x.mp3", tmp_path / "y.wav", None)
    samples = wave(found.path)
    assert found.rate == 44_100
    assert len(samples) / 44_100 == pytest.approx(4.0, abs=0.3)
    for part in (samples[22_050:66_150], samples[-66_150:-22_050]):
        assert np.argmax(np.abs(np.fft.rfft(part))) == pytest.approx(440, abs=3)


class FullDisk(io.FileIO):
    """Takes a megabyte."""

    def write(self, content: Any) -> int:
        if self.tell() + len(memoryview(content).cast("B")) > 1_000_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(content)


def test_a_disk_that_fills_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(1_000_000, np.float32), 48_000)
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda p, mode="r", *a, **k: FullDisk(p, "w") if mode == "wb" else real(p, mode))
    with pytest.raises(LabBenchError, match=r"No room is left on the disk for y\.wav\.") as caught:
        import_sound(tmp_path / "x.wav", tmp_path / "y.wav", None)
    assert "kept" not in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["x.wav"]


@pytest.mark.parametrize(("subtype", "width"), [("PCM_16", 2), ("FLOAT", 4)])
def test_what_passes_32_bits_becomes_rf64(
    subtype: str, width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = np.random.default_rng(2).uniform(-0.5, 0.5, 40_000).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", samples, 48_000, subtype=subtype)
    small = import_sound(tmp_path / "x.wav", tmp_path / "small.wav", None)
    assert small.path.read_bytes()[:4] == b"RIFF"
    monkeypatch.setattr(wav_header, "_MOST", 40_000 * width)  # instead of four gigabytes
    large = import_sound(tmp_path / "x.wav", tmp_path / "large.wav", None)
    content = large.path.read_bytes()
    assert content[:4] == b"RF64"
    assert struct.unpack_from("<QQQ", content, 20) == (len(content) - 8, 40_000 * width, 40_000)
    patched = content.replace(struct.pack("<I", 40_000 * width), b"\xff" * 4)  # what the real limit writes there
    large.path.write_bytes(patched)
    assert soundfile.info(large.path).format == "RF64"
    assert np.array_equal(wave(large.path), wave(small.path))
    assert len(content) == small.path.stat().st_size


def test_a_16_bit_import_is_a_recording_like_any_other(tmp_path: Path) -> None:
    found = import_sound(CLIP, tmp_path / "y.wav", None)
    assert mend_wav(found.path) == found.frames
    assert np.array_equal(wave(found.path), read_clip(CLIP).samples)


def test_absurd_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(1000, np.float32), 16_000)
    head = (tmp_path / "x.wav").read_bytes()
    for rate in (0, 1, 999, 4_000_000_000):
        (tmp_path / "rate.wav").write_bytes(head[:24] + struct.pack("<I", rate) + head[28:])
        for action in (probe, lambda path: import_sound(path, tmp_path / "y.wav", None)):
            with pytest.raises(FormatError, match=r"rate\.wav"):
                action(tmp_path / "rate.wav")
    soundfile.write(tmp_path / "many.wav", np.zeros((10, 65), np.float32), 16_000)
    with pytest.raises(FormatError, match="65 channels"):
        probe(tmp_path / "many.wav")
    soundfile.write(tmp_path / "long.flac", np.zeros(1000, np.float32), 16_000)
    flac = bytearray((tmp_path / "long.flac").read_bytes())
    flac[21] |= 0x0F
    flac[22:26] = b"\xff" * 4  # 2 ** 36 samples, 49 days
    (tmp_path / "long.flac").write_bytes(flac)
    assert probe(tmp_path / "long.flac").seconds is None
    assert import_sound(tmp_path / "long.flac", tmp_path / "long.wav", None).frames == 1000
    monkeypatch.setattr(files, "LONGEST_SECONDS", 0.01)
    with pytest.raises(FormatError, match="hours of sound"):
        import_sound(tmp_path / "x.wav", tmp_path / "y.wav", None)
    assert not part_of(tmp_path / "y.wav").exists()


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "other.mp3", np.zeros(16_000, np.float32), 16_000)
    (tmp_path / "list.wav").write_text("ffconcat version 1.0\nfile 'other.mp3'\n")
    with pytest.raises(FormatError, match=r"list\.wav is not a sound file"):
        import_sound(tmp_path / "list.wav", tmp_path / "y.wav", None)


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows doesn't have, and pipes")
def test_odd_names_and_things_that_are_no_files(tmp_path: Path) -> None:
    for name in ("two\nlines.wav", os.fsdecode(b"caf\xe9.m4a"), "concat:a|b.wav", "-x.raw"):
        source = tmp_path / name
        source.write_bytes(b"no sound " * 50)
        with pytest.raises(FormatError) as caught:
            import_sound(source, tmp_path / "y.wav", None)
        assert "\n" not in str(caught.value)
        assert str(caught.value).encode()
    source.write_bytes(CLIP.read_bytes())  # *.raw, and a FLAC
    assert import_sound(source, tmp_path / "y.wav", None).frames > 1000
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(LabBenchError, match="is not a file"):
        probe(tmp_path / "pipe.wav")


@given(frames=st.integers(1, 3000), channels=st.integers(1, 48), seed=st.integers(0, 99))
def test_the_mix_is_the_mean(frames: int, channels: int, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("mix")
    samples = np.random.default_rng(seed).uniform(-1, 1, (frames, channels)).astype(np.float32)
    soundfile.write(folder / "x.wav", samples, 16_000, subtype="FLOAT")
    mixed = wave(import_sound(folder / "x.wav", folder / "y.wav", None).path)
    assert np.allclose(mixed, samples.mean(axis=1), atol=1e-6)
