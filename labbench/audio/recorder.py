"""Sound to disk from the first block, as a WAV file that is valid at any moment."""

from __future__ import annotations

import contextlib
import errno
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError

SAMPLE_BYTES = 2
HEADER_BYTES = 44
PCM_SCALE = 32768.0
MOST_DATA_BYTES = 0xFFFFFFFF - HEADER_BYTES
"""A WAV file counts its bytes in 32 bits: twelve hours at 48 kHz."""


class Recorder:
    """Writes mono 16-bit PCM. After each `write` header and samples are with the operating system, so that the file
    survives the end of this process; it is never rewritten from the start."""

    def __init__(self, path: Path, rate: int) -> None:
        self.path = path
        self.rate = rate
        self.frames = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb")
        except FileExistsError:
            raise LabBenchError(
                f"{path.name} already exists.", "Choose another name: nothing is overwritten."
            ) from None
        except OSError as error:
            raise disk_trouble(error, path) from error
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - open as long as the recorder
        self._wave.setnchannels(1)
        self._wave.setsampwidth(SAMPLE_BYTES)
        self._wave.setframerate(rate)
        try:
            self.write(np.zeros(0, np.float32))
        except LabBenchError:
            self.close()
            raise

    def write(self, block: NDArray[np.float32]) -> None:
        """Append samples in -1 to 1 (louder ones are clipped). Raises LabBenchError when the disk is full or gone."""
        if (self.frames + len(block)) * SAMPLE_BYTES > MOST_DATA_BYTES:
            raise LabBenchError(f"{self.path.name} is as long as a WAV file can be.", "Start a new recording.")
        try:
            self._wave.writeframes(to_pcm(block).tobytes())  # rewrites the two lengths in the header each time
            self._file.flush()
        except OSError as error:
            raise disk_trouble(error, self.path) from error
        self.frames += len(block)

    def close(self) -> None:
        """Finish the file; harmless when repeated, and never raises: what is on disk is already valid."""
        try:
            self._wave.close()
            self._file.close()
        except OSError:  # the disk is full: the header already matches what is there
            self._abandon()

    def _abandon(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


def to_pcm(block: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples as 16-bit integers, little-endian, on the scale that decoders use: a 16-bit file comes out unchanged."""
    pcm: NDArray[np.int16] = np.clip(np.rint(block * PCM_SCALE), -32768, 32767).astype("<i2")
    return pcm


def mend_wav(path: Path) -> int:
    """Make the header of a recording whose writer was killed match its length; returns its frames.

    Raises LabBenchError if it isn't a recording of ours.
    """
    try:
        size = path.stat().st_size
        with path.open("r+b") as file:
            head = file.read(HEADER_BYTES)
            if len(head) < HEADER_BYTES or head[:4] != b"RIFF" or head[36:40] != b"data" or not any(head[24:28]):
                raise LabBenchError(f"{path.name} holds no sound that can be recovered.", "It can be deleted.")
            data = (size - HEADER_BYTES) // SAMPLE_BYTES * SAMPLE_BYTES
            if int.from_bytes(head[40:44], "little") != data:
                file.seek(4)
                file.write((36 + data).to_bytes(4, "little"))
                file.seek(40)
                file.write(data.to_bytes(4, "little"))
            file.truncate(HEADER_BYTES + data)
    except OSError as error:
        raise disk_trouble(error, path) from error
    return data // SAMPLE_BYTES


def disk_trouble(error: OSError, path: Path) -> LabBenchError:
    """A failed read or write in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return LabBenchError(
            f"No room is left on the disk for {path.name}.",
            "What was recorded so far is kept. Free some space.",
        )
    if isinstance(error, PermissionError):
        return LabBenchError(f"{path} may not be written.", "Choose another folder.")
    if isinstance(error, FileNotFoundError):
        return LabBenchError(f"{path} is not there.", "Check the name.")
    return LabBenchError(f"{path} could not be used: {error.strerror or error}.", "Check the disk and try again.")
