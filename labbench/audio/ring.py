"""A ring of mono samples in shared memory: one writer, any number of readers, no lock.

The writer claims the place of a block, copies it and then publishes how many samples were ever written. A reader
keeps its own position and copies what it wants; if the writer came round in the meantime it learns so instead of
getting mixed-up sound.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError

_RATE, _CAPACITY, _WRITTEN, _OVERRUNS, _CLAIMED, _PLACES = range(6)
_PREFIX, _SHARED = "labbench-", Path("/dev/shm")  # noqa: S108 - where Linux keeps shared memory
MOST_PLACES = 58
"""Of so many of the latest overruns the ring knows where they happened."""
_HEADER = _PLACES + MOST_PLACES  # int64 words in front of the samples


class OvertakenError(LabBenchError):
    """The samples asked for were overwritten before they were read."""


class SharedRing:
    """The newest `capacity` samples of a stream, by absolute index.

    `write` belongs to one thread of one process (the audio callback); it allocates nothing and never waits. Everything
    else may be called from anywhere. The creator unlinks, the others only close.
    """

    def __init__(self, memory: shared_memory.SharedMemory, *, owner: bool) -> None:
        self._memory = memory
        self._owner = owner
        self._header: NDArray[np.int64] = np.ndarray(_HEADER, np.int64, memory.buf)
        capacity = int(self._header[_CAPACITY])
        self._samples: NDArray[np.float32] = np.ndarray(capacity, np.float32, memory.buf, offset=8 * _HEADER)
        self.rate = int(self._header[_RATE])
        self.capacity = capacity
        self._end = 0

    @classmethod
    def create(cls, rate: int, seconds: float) -> SharedRing:
        """A new ring for `seconds` of sound at `rate`. Raises LabBenchError where there is no memory for it."""
        capacity = max(1, round(rate * seconds))
        try:
            name = f"{_PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
            memory = shared_memory.SharedMemory(name, create=True, size=8 * _HEADER + 4 * capacity)
        except OSError as error:
            raise LabBenchError("There is not enough memory for the sound.", "Close other programs.") from error
        header: NDArray[np.int64] = np.ndarray(_HEADER, np.int64, memory.buf)
        header[:] = 0
        header[_RATE], header[_CAPACITY] = rate, capacity
        del header
        return cls(memory, owner=True)

    @classmethod
    def attach(cls, name: str) -> SharedRing:
        """The ring that another process created; `name` comes from there."""
        try:
            return cls(shared_memory.SharedMemory(name=name), owner=False)
        except (FileNotFoundError, OSError, ValueError) as error:
            raise LabBenchError("The sound stream has ended.", "Start it again.") from error

    @staticmethod
    def remove(name: str) -> None:
        """Remove the memory of a creator that died before it could; harmless where it did."""
        with contextlib.suppress(FileNotFoundError, OSError):
            memory = shared_memory.SharedMemory(name=name)
            memory.close()
            memory.unlink()

    @staticmethod
    def sweep(folder: Path = _SHARED) -> int:
        """Remove the rings of processes that were killed and could not; how many. Other systems do so by themselves."""
        import psutil

        left = list(folder.glob(f"{_PREFIX}*-*")) if folder.is_dir() else []
        swept = 0
        for path in left:
            pid = path.name.removeprefix(_PREFIX).partition("-")[0]
            if pid.isdecimal() and not psutil.pid_exists(int(pid)):
                with contextlib.suppress(OSError):
                    path.unlink()
                    swept += 1
        return swept

    @property
    def name(self) -> str:
        return self._memory.name

    @property
    def written(self) -> int:
        """Samples ever written: the absolute index of the next one."""
        return int(self._header[_WRITTEN])

    @property
    def oldest(self) -> int:
        """Absolute index of the oldest sample still held."""
        # What the writer is overwriting at this moment is gone already, although not yet counted as written.
        return max(0, int(self._header[_CLAIMED]) - self.capacity)

    @property
    def overruns(self) -> int:
        """How often the device reported that sound was lost before it got here."""
        return int(self._header[_OVERRUNS])

    def count_overrun(self) -> None:
        """For the writer: the device lost sound just before the next sample."""
        count = self._header[_OVERRUNS]
        self._header[_PLACES + count % MOST_PLACES] = self._end
        self._header[_OVERRUNS] = count + 1

    def overrun_places(self, since: int, until: int) -> list[int]:
        """Absolute indices of the samples before which sound was lost, for overruns `since` to `until`, oldest first.

        More than `MOST_PLACES` of them are not remembered: the earlier ones are left out.
        """
        first = max(since, self.overruns - MOST_PLACES)
        return [int(self._header[_PLACES + number % MOST_PLACES]) for number in range(first, until)]

    def write(self, block: NDArray[np.float32]) -> None:
        """Append `block` (shape [n], n at most the capacity)."""
        count = len(block)
        at = self._end % self.capacity
        first = min(count, self.capacity - at)
        self._header[_CLAIMED] = self._end + count
        self._samples[at : at + first] = block[:first]
        if first < count:
            self._samples[: count - first] = block[first:]
        self._end += count
        self._header[_WRITTEN] = self._end

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """A copy of samples `start` to `stop`.

        Raises OvertakenError if part of it is no longer, or not yet, there.
        """
        if start < self.oldest or stop > self.written or start > stop:
            raise OvertakenError("This stretch of sound is no longer in memory.", "Open the recording to see it.")
        out = np.empty(stop - start, np.float32)
        at = start % self.capacity
        first = min(len(out), self.capacity - at)
        out[:first] = self._samples[at : at + first]
        out[first:] = self._samples[: len(out) - first]
        if start < self.oldest:  # the writer came round while we copied
            raise OvertakenError("This stretch of sound was overwritten while it was read.", "Close other programs.")
        return out

    def close(self) -> None:
        """Let go of the memory; the creator also removes it. Harmless when repeated."""
        del self._header, self._samples
        self._header = np.zeros(_HEADER, np.int64)
        self._samples = np.zeros(0, np.float32)
        self._memory.close()
        if self._owner:
            self._owner = False
            self._memory.unlink()
