"""Sound to disk from the first block, as a WAV file that is valid at any moment."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.audio import wav_header
from labbench.audio.wav_header import HEADER_BYTES, SAMPLE_BYTES
from labbench.core.errors import LabBenchError

PCM_SCALE = 32768.0


class Recorder:
    """Writes mono 16-bit PCM. After each `write` samples and then header are with the operating system, so that the
    file survives the end of this process; samples are never rewritten. Past 4 GB the file goes on as RF64."""

    def __init__(self, path: Path, rate: int) -> None:
        self.path = path
        self.rate = rate
        self.frames = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=0)
        except FileExistsError:
            raise LabBenchError(
                f"{path.name} already exists.", "Choose another name: nothing is overwritten."
            ) from None
        except OSError as error:
            raise disk_trouble(error, path) from error
        try:
            self.write(np.zeros(0, np.float32))
        except LabBenchError:  # not even the header fits: such a file is of no use to anybody
            self.close()
            self.discard()
            raise

    def write(self, block: NDArray[np.float32]) -> None:
        """Append samples in -1 to 1 (louder ones are clipped).

        Raises LabBenchError when the disk is full or gone; as many samples as it took are kept.
        """
        content = memoryview(to_pcm(block).tobytes())
        at, written = HEADER_BYTES + self.frames * SAMPLE_BYTES, 0
        trouble: OSError | None = None
        try:
            self._file.seek(at)
            while written < len(content):  # a disk that is about to be full takes a part
                written += self._file.write(content[written:]) or 0
        except OSError as error:
            trouble = error
        frames = self.frames + written // SAMPLE_BYTES
        try:
            self._file.seek(0)
            self._file.write(wav_header.pack(self.rate, frames))
            self.frames = frames
        except OSError as error:
            trouble = trouble or error
        if trouble is not None:
            raise disk_trouble(trouble, self.path) from trouble

    def close(self) -> None:
        """Finish the file; harmless when repeated, and never raises: what is on disk is already valid."""
        with contextlib.suppress(OSError):
            self._file.close()

    def discard(self) -> None:
        """Remove the closed file: nothing is in it. Never raises."""
        with contextlib.suppress(OSError):
            self.path.unlink()


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
            found = wav_header.unpack(file.read(HEADER_BYTES))
            if found is None:
                raise LabBenchError(f"{path.name} holds no sound that can be recovered.", "It can be deleted.")
            frames = (size - found.size) // SAMPLE_BYTES
            if found.frames != frames:
                file.seek(0)
                file.write(wav_header.mended(found, frames))
            file.truncate(found.size + frames * SAMPLE_BYTES)
    except OSError as error:
        raise disk_trouble(error, path) from error
    return frames


def disk_trouble(error: OSError, path: Path) -> LabBenchError:
    """A failed read or write in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return LabBenchError(
            f"No room is left on the disk for {path.name}.",
            "What was recorded so far is kept. Free some space.",
        )
    if error.errno == errno.EFBIG:
        return LabBenchError(
            f"{path.name} has become too large for this disk.",
            "What was recorded so far is kept. Go on with a new recording, or record to another disk.",
        )
    if isinstance(error, PermissionError):
        return LabBenchError(f"{path} may not be written.", "Choose another folder.")
    if isinstance(error, FileNotFoundError):
        return LabBenchError(f"{path} is not there.", "Check the name.")
    return LabBenchError(f"{path} could not be used: {error.strerror or error}.", "Check the disk and try again.")
