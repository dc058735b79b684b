"""Tensors where they lie in a file: described first, checked against the file's size, and only then read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError

Kind = Literal["float32", "float16", "bfloat16"]
ITEM_BYTES: dict[Kind, int] = {"float32": 4, "float16": 2, "bfloat16": 2}
OTHER_FILE = "Choose another file: this one is damaged, or it is another kind of model."
QUANTISED_HINT = "Use the float16 or float32 version of the same model."


def unfit(path: Path, why: str, hint: str = OTHER_FILE) -> FormatError:
    """The one sentence on a file of weights; `why` is a clause such as "it ends too early"."""
    return FormatError(f"{path.name} can't be used: {why}.", hint)


def quantised(path: Path, kind: str) -> FormatError:
    """The refusal of weights that were rounded to few bits."""
    return unfit(path, f"it is quantised ({kind}), and its exact numbers are lost", QUANTISED_HINT)


@dataclass(frozen=True)
class Piece:
    """A tensor in row-major order and little endian, `offset` bytes from the beginning of `path`."""

    path: Path
    kind: Kind
    shape: tuple[int, ...]
    offset: int

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * ITEM_BYTES[self.kind]

    def rows(self, start: int, stop: int) -> Piece:
        """The rows from `start` to before `stop`, along the first axis."""
        row_bytes = math.prod(self.shape[1:]) * ITEM_BYTES[self.kind]
        return replace(self, shape=(stop - start, *self.shape[1:]), offset=self.offset + start * row_bytes)


def read_piece(file: BufferedReader, piece: Piece) -> NDArray[np.floating]:
    """The tensor's numbers: float16 as they are; float32, also for bfloat16, which float32 holds exactly.

    Memory is taken for what the piece says, so it must have been checked against the file's size. Raises FormatError
    where the file has become shorter or a number is not finite, OSError.
    """
    raw = np.empty(piece.shape, dtype={"float32": "<f4", "float16": "<f2", "bfloat16": "<u2"}[piece.kind])
    file.seek(piece.offset)
    if file.readinto(raw.data.cast("B")) != raw.nbytes:
        raise unfit(piece.path, "it ends too early")
    if piece.kind == "bfloat16":  # the upper half of a float32
        wide = raw.astype("<u4")
        wide <<= 16
        raw = wide.view("<f4")
    if not _finite(raw):
        raise unfit(piece.path, "it holds numbers that are not finite")
    return raw


def _finite(values: NDArray[np.floating]) -> bool:
    """Whether no number is infinite or NaN: their exponents alone are all ones. Asked by bits, which is quicker."""
    bits = values.reshape(-1).view("<u4" if values.itemsize == 4 else "<u2")
    ones = 0x7F800000 if values.itemsize == 4 else 0x7C00
    return not bool(((bits & ones) == ones).any())


def pieces_fit(pieces: list[Piece], size_bytes: int) -> bool:
    """Whether pieces of one file of that size lie in it without sharing a byte."""
    end = 0
    for piece in sorted(pieces, key=lambda one: (one.offset, one.size_bytes)):
        if piece.offset < end:
            return False
        end = piece.offset + piece.size_bytes
    return end <= size_bytes
