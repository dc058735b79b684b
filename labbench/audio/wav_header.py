"""The header of a mono WAV file, with room in it to become RF64 (EBU Tech 3306) once 32 bits are too few.

RIFF size WAVE | JUNK (28 bytes of room) | fmt (16 bytes) | data size            up to 4 GB
RF64 -1   WAVE | ds64 (the 64-bit sizes) | fmt (16 bytes) | data -1              beyond
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

SAMPLE_BYTES = 2
HEADER_BYTES = 80
_OLD_BYTES = 44  # without the JUNK chunk, as earlier recordings have it
_MOST = 0xFFFFFFFF
_PCM, _FLOAT = 1, 3


@dataclass(frozen=True)
class WavHeader:
    """What a header says: its own `size` in bytes, samples per second, and frames, as far as it knows."""

    size: int
    rate: int
    frames: int


def pack(rate: int, frames: int, *, floats: bool = False) -> bytes:
    """What stands in front of `frames` samples: 80 bytes, or 92 where they are 32-bit `floats`."""
    kind, width = (_FLOAT, 4) if floats else (_PCM, SAMPLE_BYTES)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, 1, rate, rate * width, width, 8 * width)
    if floats:
        form += struct.pack("<4sII", b"fact", 4, min(frames, _MOST))
    data = frames * width
    whole = 12 + 36 - 8 + len(form) + 8 + data
    if whole <= _MOST:
        room = struct.pack("<4sI28x", b"JUNK", 28)
        return struct.pack("<4sI4s", b"RIFF", whole, b"WAVE") + room + form + struct.pack("<4sI", b"data", data)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, whole, data, frames, 0)
    return struct.pack("<4sI4s", b"RF64", _MOST, b"WAVE") + sizes + form + struct.pack("<4sI", b"data", _MOST)


def unpack(head: bytes) -> WavHeader | None:
    """What the first bytes of a file say; None where they are not a header of ours, old or new."""
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return None
    at = 12 if head[12:16] == b"fmt " else HEADER_BYTES - 32
    if len(head) < at + 32 or head[at : at + 4] != b"fmt " or head[at + 24 : at + 28] != b"data":
        return None
    kind, channels, rate = struct.unpack_from("<HHI", head, at + 8)
    bits = struct.unpack_from("<H", head, at + 22)[0]
    if (kind, channels, bits) != (_PCM, 1, 8 * SAMPLE_BYTES) or not rate:
        return None
    data = struct.unpack_from("<I", head, at + 28)[0]
    if head[:4] == b"RF64" and head[12:16] == b"ds64":
        data = struct.unpack_from("<Q", head, 28)[0]
    return WavHeader(at + 32, rate, data // SAMPLE_BYTES)


def mended(old: WavHeader, frames: int) -> bytes:
    """The same header for another number of frames."""
    new = pack(old.rate, frames)
    if old.size == HEADER_BYTES:
        return new
    data = min(frames * SAMPLE_BYTES, _MOST)
    front = struct.pack("<4sI4s", b"RIFF", min(_OLD_BYTES - 8 + data, _MOST), b"WAVE")
    return front + new[48:76] + struct.pack("<I", data)
