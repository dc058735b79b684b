"""A clip that is read from its beginning to its end, once, without ever holding all of it."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labbench.audio.decoders import Decoder, name_of
from labbench.audio.files import Put, decode
from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken

MOST_AHEAD_SECONDS = 5.0
"""Decoded and not yet asked for; one block more may come on top."""
CLOSE_SECONDS = 2.0


class ClipStream(Protocol):
    """Mono sound, for one thread."""

    @property
    def ended(self) -> bool:
        """Whether nothing is left; waits until that is known. Raises LabBenchError where the rest can't be read."""
        ...

    def read(self, count: int) -> NDArray[np.float32]:
        """The next `count` samples, fewer only at the end. Raises LabBenchError where they can't be read."""
        ...

    def close(self) -> None:
        """Let go of the file; harmless when repeated."""
        ...


class ClipInMemory:
    """Samples that are there already."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._samples)

    def read(self, count: int) -> NDArray[np.float32]:
        part = self._samples[self._at : self._at + count]
        self._at += len(part)
        return part

    def close(self) -> None:
        """Nothing is open."""


class DecodedClip:
    """A file of any kind, decoded by a thread of its own that stays a few seconds ahead."""

    def __init__(self, path: Path, channel: int | None = None) -> None:
        """Its `channel` (from 0), or all mixed. Waits for the first samples. Raises LabBenchError, FormatError."""
        self.rate = 0
        self._channel = channel
        self._path = path
        self._changed = threading.Condition()
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._held = 0
        self._decoded = 0  # samples in all
        self._over = False
        self._failure: Exception | None = None
        self._cancel = CancelToken()
        self._thread = threading.Thread(target=self._run, name="clip decoder", daemon=True)
        self._thread.start()
        try:
            with self._changed:
                self._wait()
                self._raise_failure()
        except BaseException:
            self.close()
            raise

    @property
    def ended(self) -> bool:
        with self._changed:
            self._wait()
            self._raise_failure()
            return not self._blocks

    def read(self, count: int) -> NDArray[np.float32]:
        parts: list[NDArray[np.float32]] = []
        with self._changed:
            while count > 0:
                self._wait()
                if not self._blocks:
                    break
                block = self._blocks.popleft()
                if len(block) > count:
                    self._blocks.appendleft(block[count:])
                parts.append(block[:count])
                count -= len(parts[-1])
                self._held -= len(parts[-1])
                self._changed.notify_all()
            if not parts:
                self._raise_failure()
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def close(self) -> None:
        self._cancel.cancel()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(CLOSE_SECONDS)

    def _wait(self) -> None:
        self._changed.wait_for(lambda: self._blocks or self._over or self._cancel.cancelled)

    def _raise_failure(self) -> None:
        if self._failure is not None and not self._blocks:
            raise self._failure

    def _run(self) -> None:
        try:
            decode(self._path, self._channel, self._begin, cancel=self._cancel)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 - a decoder may fail in any way; whoever reads is told
            expected = isinstance(error, LabBenchError)
            self._failure = error if expected else LabBenchError(f"{name_of(self._path)} can't be read ({error}).")
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _begin(self, decoder: Decoder) -> Put:
        """Where another decoder begins anew, what has been given already is left out."""
        rate, skipped = decoder.info.rate, self._decoded
        if skipped and rate != self.rate:
            raise LabBenchError(f"{name_of(self._path)} is damaged.", "Copy it again from where it came.")
        self.rate = rate

        def put(samples: NDArray[np.float32]) -> None:
            nonlocal skipped
            rest = samples[skipped:]
            skipped -= len(samples) - len(rest)
            if len(rest):
                self._put(rest)

        return put

    def _put(self, samples: NDArray[np.float32]) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._cancel.cancelled or self._held < MOST_AHEAD_SECONDS * self.rate)
            self._cancel.check()
            self._blocks.append(samples)
            self._held += len(samples)
            self._decoded += len(samples)
            self._changed.notify_all()
