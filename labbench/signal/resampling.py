"""One resampler for streams and one for whole clips (libsoxr); neither shifts the sound in time."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray


class StreamResampler:
    """Resamples a stream block by block.

    Sample k of the output is the sound at k / `rate_out` seconds: libsoxr withholds its filter's delay instead
    of passing it on, so output only comes later, never shifted. Concatenated, the output equals that of `resample`.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._stream = None if rate_in == rate_out else soxr.ResampleStream(rate_in, rate_out, 1, dtype="float32")

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Output that became available with `block` (shape [n], any n)."""
        return block if self._stream is None else self._chunk(block, last=False)

    def flush(self) -> NDArray[np.float32]:
        """The withheld rest, once the stream has ended."""
        empty = np.zeros(0, np.float32)
        return empty if self._stream is None else self._chunk(empty, last=True)

    def _chunk(self, block: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        assert self._stream is not None
        return np.asarray(self._stream.resample_chunk(np.ascontiguousarray(block), last=last), np.float32)


def resample(samples: NDArray[np.float32], rate_in: int, rate_out: int) -> NDArray[np.float32]:
    """A whole clip at another rate."""
    if rate_in == rate_out:
        return samples
    return np.asarray(soxr.resample(samples, rate_in, rate_out), np.float32)
