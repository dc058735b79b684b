"""The recorder: valid at every moment, never over another file, and honest about a full disk."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labbench.audio import recorder as recorder_module
from labbench.audio.recorder import HEADER_BYTES, Recorder, mend_wav, to_pcm
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
        data = memoryview(data).cast("B")
        left = self.room - self.tell()
        if left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data[:left])


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> type[FullDisk]:
    """Files opened for a recording lie on a full disk from now on."""

    def open_on_it(path: Path, mode: str) -> Any:
        return io.BufferedWriter(FullDisk(path, mode.replace("b", "")))

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
    assert len(samples) >= recorder.frames == 48_000
    assert np.allclose(samples, tone(len(samples)), atol=1e-4)


def test_a_disk_without_room_for_the_header(
    tmp_path: Path, full_disk: type[FullDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(full_disk, "room", 10)
    with pytest.raises(LabBenchError, match="No room"):
        Recorder(tmp_path / "take.wav", RATE)


def test_a_wav_file_has_a_longest_length(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "take.wav", RATE)
    recorder.write(tone(100))
    recorder.frames = 0x7FFFFFFF
    with pytest.raises(LabBenchError, match="as long as"):
        recorder.write(tone(100))
    recorder.close()
    assert soundfile.info(tmp_path / "take.wav").frames == 100


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
