"""Numpy archives (`.npz`) that nobody vouches for: no pickle, bounded before anything is allocated.

numpy's own reader allocates what a header promises and parses headers as Python; this one reads the plain headers that
`numpy.savez` writes for numbers and text, and nothing else.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import FormatError, LabBenchError
from labbench.session.disk import read_bytes, replacing

MOST_BYTES = 1 << 28
"""Of one array once it is unpacked, and of the whole file."""
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '([<|][a-zA-Z]\d{1,5})', 'fortran_order': (True|False), "
    rb"'shape': \((\d{0,12}(?:, ?\d{1,12})*),?\), \} *\n"
)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, RuntimeError)
"""RuntimeError is what `zipfile` raises for a password or an unknown method of packing."""


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Numbers and text only. Raises LabBenchError; what was there before stays then."""
    if any(array.nbytes >= MOST_BYTES for array in arrays.values()):
        raise LabBenchError(f"{path.name} would be too large.", "Keep a shorter stretch of sound.")
    buffer = io.BytesIO()
    # Not `savez(**arrays)`: its own parameters are no names of arrays.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise TypeError("objects would need pickle")
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            # A fixed date: the same arrays give the same bytes.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED)
    with replacing(path) as file:
        file.write(buffer.getbuffer())


def read_npz(path: Path, kinds: Mapping[str, str]) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """The named arrays, each of the given kind (such as "<f4"; "<U" for text of any length), and the damaged ones.

    One that is not there is in neither. Raises FormatError where the file is no archive at all, LabBenchError where
    it can't be read.
    """
    damaged = FormatError(f"{path.name} is damaged or holds no arrays.", "Take it from a backup, or make it anew.")
    content = read_bytes(path, damaged, MOST_BYTES)
    found: dict[str, NDArray[Any]] = {}
    bad = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            there = set(archive.namelist())
            for name, kind in kinds.items():
                if f"{name}.npy" in there:
                    try:
                        found[name] = _array(_unpacked(archive, f"{name}.npy"), kind)
                    except _DAMAGE:
                        bad.append(name)
    except _DAMAGE as error:
        raise damaged from error
    return found, bad


def _unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.file_size > MOST_BYTES:
        raise ValueError("packed otherwise, or too large")
    with archive.open(info) as file:
        # What is promised is not allocated before it came: a small file cannot ask for a gigabyte at once.
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise ValueError("another size than promised")
    return content


def _array(content: bytes, kind: str) -> NDArray[Any]:
    length = int.from_bytes(content[8:10], "little")
    header = _HEADER.fullmatch(content[10 : 10 + length])
    if content[:8] != _MAGIC or header is None:
        raise ValueError("not a plain array")
    descr, fortran, shape_text = (part.decode("ascii") for part in header.groups())
    if descr != kind and not (kind == "<U" and re.fullmatch(r"<U\d{1,4}", descr)):
        raise ValueError("another kind of array")
    shape = tuple(int(size) for size in shape_text.split(",") if size.strip())
    if len(shape) > 3:
        raise ValueError("too many dimensions")
    dtype = np.dtype(descr)
    data = content[10 + length :]
    if dtype.itemsize * math.prod(shape) != len(data):
        raise ValueError("another size than its shape")
    if not len(data):
        return np.zeros(shape, dtype)
    if dtype.kind == "U" and np.frombuffer(data, "<u4").max() > 0x10FFFF:
        raise ValueError("not text")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran == "True" else "C")
    return array.copy()
