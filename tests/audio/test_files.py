"""Sound files as they come: any kind, damaged, foreign, or none at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labbench.audio.files import Clip, read_clip
from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, Progress

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
RATE = 44_100
TONE = (0.4 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)
SNDFILE = ["wav", "flac", "ogg", "mp3"]
ENCODED = [("m4a", "aac"), ("mp4", "aac"), ("webm", "libopus"), ("mov", "pcm_s16le")]


def encode(path: Path, codec: str, rate: int = RATE) -> Path:
    """`TONE` by FFmpeg's encoder of that name."""
    if codec not in av.codecs_available:
        pytest.skip(f"this PyAV has no encoder {codec}")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=960)
        frame = av.AudioFrame.from_ndarray(TONE[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(part))
    return path


def assert_tone(clip: Clip) -> None:
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert clip.seconds == pytest.approx(1.0, abs=0.1)
    middle = clip.samples[clip.rate // 4 : clip.rate * 3 // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.05)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * clip.rate / len(middle) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("kind", SNDFILE)
def test_what_libsndfile_reads(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"tone é.{kind}"
    soundfile.write(path, np.stack([TONE, TONE], axis=1), RATE)
    clip = read_clip(path)
    assert_tone(clip)
    assert (clip.rate, clip.note) == (RATE, "")
    assert len(clip.for_models()) == pytest.approx(16_000, abs=1600)


@pytest.mark.parametrize(("kind", "codec"), ENCODED)
def test_what_ffmpeg_reads(kind: str, codec: str, tmp_path: Path) -> None:
    rate = 48_000 if codec == "libopus" else RATE
    clip = read_clip(encode(tmp_path / f"tone.{kind}", codec, rate))
    assert_tone(clip)
    assert (clip.rate, clip.note) == (rate, "")


def test_all_channels_are_mixed(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.stack([TONE, np.zeros_like(TONE), -TONE, TONE * 0.5], axis=1), RATE, subtype="FLOAT")
    assert np.allclose(read_clip(path).samples, TONE * 0.125, atol=1e-6)


def test_a_wav_that_is_cut_short_is_read_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, TONE, RATE, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[: 44 + RATE])
    clip = read_clip(path)
    assert len(clip.samples) == RATE // 2
    assert "cut short: 0.5 s" in clip.note


@pytest.mark.parametrize("kind", ["flac", "ogg", "mp3", "m4a", "webm"])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.6])
def test_truncated_files_are_read_in_part_or_refused(kind: str, part: float, tmp_path: Path) -> None:
    path = tmp_path / f"x.{kind}"
    if kind in SNDFILE:
        soundfile.write(path, TONE, RATE)
    else:
        codec, rate = {"m4a": ("aac", RATE), "webm": ("libopus", 48_000)}[kind]
        encode(path, codec, rate)
    path.write_bytes(path.read_bytes()[: round(path.stat().st_size * part)])
    try:
        clip = read_clip(path)
    except FormatError as error:
        assert path.name in error.message
        assert error.hint
    else:
        assert 0 < clip.seconds < 1.1


@steady
@given(content=st.binary(min_size=1, max_size=2000), head=st.sampled_from([b"", b"RIFF", b"fLaC", b"OggS", b"ID3"]))
def test_random_bytes(content: bytes, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(head + content)
    with suppress(LabBenchError):
        read_clip(path)


@steady
@given(data=st.data())
@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "m4a"])
def test_flipped_bytes(kind: str, data: st.DataObject, tmp_path: Path) -> None:
    original = tmp_path / f"whole.{kind}"
    if not original.exists():
        if kind == "m4a":
            encode(original, "aac")
        else:
            soundfile.write(original, TONE, RATE)
    content = bytearray(original.read_bytes())
    edges = st.integers(0, min(400, len(content) - 1)) | st.integers(0, len(content) - 1)
    for where in data.draw(st.lists(edges, min_size=1, max_size=5)):
        content[where] = data.draw(st.integers(0, 255))
    path = tmp_path / f"x.{kind}"
    path.write_bytes(content)
    try:
        clip = read_clip(path)
    except LabBenchError:
        return
    assert clip.rate > 0
    assert np.all(np.isfinite(clip.samples))


def test_samples_that_are_no_numbers_are_muted(tmp_path: Path) -> None:
    samples = TONE.copy()
    samples[10], samples[20], samples[30] = np.nan, np.inf, -np.inf
    soundfile.write(tmp_path / "x.wav", samples, RATE, subtype="FLOAT")
    clip = read_clip(tmp_path / "x.wav")
    assert clip.note
    assert clip.samples[[10, 20, 30]].tolist() == [0.0, 1.0, -1.0]
    assert np.array_equal(clip.samples[31:], TONE[31:])


def test_a_video_without_sound(tmp_path: Path) -> None:
    if "mpeg4" not in av.codecs_available:
        pytest.skip("this PyAV has no encoder mpeg4")
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(FormatError, match="no sound in it"):
        read_clip(path)


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_file_without_samples(kind: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / f"x.{kind}", TONE[:0], RATE)
    with pytest.raises(FormatError):
        read_clip(tmp_path / f"x.{kind}")


def test_places_that_hold_no_sound(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    with pytest.raises(FormatError, match="empty"):
        read_clip(tmp_path / "empty.wav")
    with pytest.raises(LabBenchError, match="is a folder"):
        read_clip(tmp_path)
    with pytest.raises(LabBenchError, match="There is no file"):
        read_clip(tmp_path / "none.wav")
    with pytest.raises(LabBenchError):
        read_clip(tmp_path / ("x" * 300))


@pytest.mark.parametrize("kind", ["wav", "m4a"])
def test_progress_and_cancel(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{kind}"
    if kind == "wav":
        soundfile.write(path, TONE, RATE)
    else:
        encode(path, "aac")
    seen: list[Progress] = []
    read_clip(path, seen.append)
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1].done == pytest.approx(1.0, abs=0.1)
    assert seen[-1].total == pytest.approx(1.0, abs=0.1)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        read_clip(path, cancel=cancel)
