"""Reading a binary file from front to back without believing what it says of itself."""

from __future__ import annotations

import struct
from io import BufferedReader
from pathlib import Path

from labbench.models.conversion.pieces import unfit

MOST_NAME_BYTES = 512


class Cursor:
    """A place in an open file. Whatever goes beyond its end raises FormatError, before any memory is taken for it."""

    def __init__(self, file: BufferedReader, path: Path) -> None:
        self._file = file
        self._path = path
        self._size = path.stat().st_size

    @property
    def offset(self) -> int:
        return self._file.tell()

    @property
    def left(self) -> int:
        """Bytes from here to the end."""
        return self._size - self._file.tell()

    def numbers(self, code: str) -> tuple[int, ...]:
        """Integers, little endian, in the letters of `struct`."""
        code = f"<{code}"
        return struct.unpack(code, self.raw(struct.calcsize(code)))

    def number(self, letter: str) -> int:
        return self.numbers(letter)[0]

    def raw(self, size: int) -> bytes:
        self._need(size)
        return self._file.read(size)

    def skip(self, size: int) -> None:
        self._need(size)
        self._file.seek(size, 1)

    def name(self, size: int) -> str:
        """The name of a tensor: `size` bytes of ASCII that can be read."""
        if 0 < size <= MOST_NAME_BYTES:
            name = self.raw(size).decode("ascii", errors="replace")
            if name.isascii() and name.isprintable():
                return name
        raise unfit(self._path, "a name in it is not text")

    def _need(self, size: int) -> None:
        if not 0 <= size <= self.left:
            raise unfit(self._path, "it ends too early")
