"""The recorder: valid at every moment, never over another file, and honest about a full disk."""

from __future__ import annotations

import errno
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labbench.audio import recorder as recorder_module
from labbench.audio import wav_header
from labbench.audio.recorder import Recorder, mend_wav, to_pcm
from labbench.audio.wav_header import HEADER_BYTES
from labbench.core.errors import LabBenchError

steady = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
RATE = 16_000


def tone(count: int, start: int = 0) -> np.ndarray:
    return (0.5 * np.sin((np.arange(count) + start) / 7.0)).astype(np.float32)


class FullDisk(io.FileIO):
    """A file on a disk with room for `room` bytes."""

    room = 0

    def write(self, data: Any) -> int:
        if self.tell() < HEADER_BYTES <= self.room:
            return super().write(data)
        data = memoryview(data).cast("B")
        left = self.room - self.tell()
        if left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data[:left])


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> type[FullDisk]:
    """Files opened for a recording lie on a full disk from now on."""

    def open_on_it(path: Path, mode: str, buffering: int) -> Any:
        return FullDisk(path, mode.replace("b", ""))

    monkeypatch.setattr(recorder_module.Path, "open", open_on_it)
    monkeypatch.setattr(FullDisk, "room", 100_000)
    return FullDisk


@steady
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=8), st.sampled_from([8000, 44100, 48000]))
def test_the_file_is_whole_after_each_write(tmp_path: Path, sizes: list[int], rate: int) -> None:
    path = tmp_path / "take.wav"
    path.unlink(missing_ok=True)
    recorder = Recorder(path, rate)
    try:
        assert soundfile.info(path).frames == 0
        written = 0
        for size in sizes:
            recorder.write(tone(size, written))
            written += size
            samples, found_rate = soundfile.read(path, dtype="float32")
            assert found_rate == rate
            assert recorder.frames == len(samples) == written
            assert np.allclose(samples, tone(written), atol=1e-4)
            assert path.stat().st_size == HEADER_BYTES + 2 * written
    finally:
        recorder.close()
    recorder.close()
    assert soundfile.info(path).frames == written


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(b"mine")
    with pytest.raises(LabBenchError, match="already exists"):
        Recorder(path, RATE)
    assert path.read_bytes() == b"mine"


def test_too_loud_is_clipped() -> None:
    assert to_pcm(np.array([0.0, 1.0, -1.0, 5.0, -5.0], np.float32)).tolist() == [0, 32767, -32768, 32767, -32768]


def test_a_16_bit_file_comes_out_unchanged(tmp_path: Path) -> None:
    pcm = np.arange(-32768, 32768).astype(np.int16)
    soundfile.write(tmp_path / "in.wav", pcm, RATE, subtype="PCM_16")
    recorder = Recorder(tmp_path / "out.wav", RATE)
    recorder.write(soundfile.read(tmp_path / "in.wav", dtype="float32")[0])
    recorder.close()
    assert np.array_equal(soundfile.read(tmp_path / "out.wav", dtype="int16")[0], pcm)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LabBenchError):
        Recorder(tmp_path / "file" / "take.wav", RATE)


def test_a_full_disk_is_said_and_what_was_written_stays(tmp_path: Path, full_disk: type[FullDisk]) -> None:
    path = tmp_path / "take.wav"
    recorder = Recorder(path, RATE)
    with pytest.raises(LabBenchError, match="No room"):
        for number in range(20):
            recorder.write(tone(RATE // 2, number * RATE // 2))
    recorder.close()
    samples, _ = soundfile.read(path, dtype="float32")
    assert len(samples) == recorder.frames == (FullDisk.room - HEADER_BYTES) // 2, "as much as there was room for"
    assert np.allclose(samples, tone(len(samples)), atol=1e-4)


def test_a_disk_without_room_for_the_header(
    tmp_path: Path, full_disk: type[FullDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_disk, "room", 0)
    with pytest.raises(LabBenchError, match="No room"):
        Recorder(tmp_path / "take.wav", RATE)
    assert not (tmp_path / "take.wav").exists(), "nothing is left that would be offered for recovery"


@pytest.mark.parametrize(
    ("code", "words"), [(errno.EFBIG, "too large"), (errno.EIO, "could not be used"), (errno.EACCES, "may not be")]
)
def test_other_trouble_with_the_disk_has_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_disk: type[FullDisk], code: int, words: str
) -> None:
    recorder = Recorder(tmp_path / "take.wav", RATE)
    recorder.write(tone(100))

    def fail(file: FullDisk, data: object) -> int:
        raise OSError(code, "reason")

    monkeypatch.setattr(full_disk, "write", fail)
    with pytest.raises(LabBenchError, match=words) as caught:
        recorder.write(tone(100))
    recorder.close()
    assert caught.value.hint and recorder.frames == 100
    assert soundfile.info(tmp_path / "take.wav").frames == 100


def test_past_4_gb_the_file_goes_on_as_rf64(tmp_path: Path) -> None:
    """The file is sparse: nothing of its first 4 GB is really written."""
    path = tmp_path / "take.wav"
    recorder = Recorder(path, RATE)
    recorder.write(tone(100))
    assert soundfile.info(path).format == "WAV"
    before = 0x7FFFFFFF
    recorder.frames = before
    recorder.write(tone(100))
    recorder.close()
    info = soundfile.info(path)
    assert (info.format, info.frames) == ("RF64", before + 100)
    samples, _ = soundfile.read(path, start=before, dtype="float32")
    assert np.allclose(samples, tone(100), atol=1e-4)
    assert mend_wav(path) == before + 100
    path.unlink()


@pytest.mark.parametrize("odd", [0, 1])
def test_mending_takes_in_all_samples_that_are_there(tmp_path: Path, odd: int) -> None:
    path = tmp_path / "take.wav"
    recorder = Recorder(path, RATE)
    recorder.write(tone(1000))
    recorder.close()
    with path.open("ab") as file:  # killed between samples and header
        file.write(to_pcm(tone(500, 1000)).tobytes() + b"x" * odd)
    assert mend_wav(path) == 1500
    samples, _ = soundfile.read(path, dtype="float32")
    assert np.allclose(samples, tone(1500), atol=1e-4)
    assert path.stat().st_size == HEADER_BYTES + 3000


@pytest.mark.parametrize("content", [b"", b"RIFF", b"x" * 200, b"RIFF" + bytes(32) + b"data" + bytes(100)])
def test_what_is_not_a_recording_is_not_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.wav"
    path.write_bytes(content)
    with pytest.raises(LabBenchError):
        mend_wav(path)
    assert path.read_bytes() == content


def old_header(frames: int) -> bytes:
    """As the recorder wrote it before there was room for RF64."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + 2 * frames,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        RATE,
        2 * RATE,
        2,
        16,
        b"data",
        2 * frames,
    )


@pytest.mark.parametrize("known", [0, 700, 1000, 5000])
def test_recordings_with_the_old_header_are_mended_too(tmp_path: Path, known: int) -> None:
    """Whatever number of frames the header knows of."""
    path = tmp_path / "take.wav"
    path.write_bytes(old_header(known) + to_pcm(tone(1000)).tobytes())
    assert mend_wav(path) == 1000
    assert path.read_bytes() == old_header(1000) + to_pcm(tone(1000)).tobytes()


def test_a_recording_past_4_gb_that_was_killed_is_mended(tmp_path: Path) -> None:
    """The samples are there, the header is still that of a moment before: RIFF then, RF64 now."""
    path = tmp_path / "take.wav"
    before = 0x7FFFFFFF - 200
    recorder = Recorder(path, RATE)
    recorder.frames = before
    recorder.write(tone(100))
    assert soundfile.info(path).format == "WAV"
    recorder.close()
    with path.open("ab") as file:
        file.write(to_pcm(tone(5000, 100)).tobytes())
    assert mend_wav(path) == before + 5100
    info = soundfile.info(path)
    assert (info.format, info.frames) == ("RF64", before + 5100)
    samples, _ = soundfile.read(path, start=before, dtype="float32")
    assert np.allclose(samples, tone(5100), atol=1e-4)
    path.unlink()


@steady
@given(st.integers(1, 1 << 40), st.integers(1, 192_000))
def test_what_is_packed_is_what_is_unpacked(frames: int, rate: int) -> None:
    packed = wav_header.pack(rate, frames)
    assert wav_header.unpack(packed) == wav_header.WavHeader(HEADER_BYTES, rate, frames)
    assert len(packed) == HEADER_BYTES
    assert wav_header.mended(wav_header.WavHeader(HEADER_BYTES, rate, 0), frames) == packed
