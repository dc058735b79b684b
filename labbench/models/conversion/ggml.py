"""whisper.cpp's `ggml-*.bin`.

Little endian, i32 throughout: magic; eleven dimensions; rows and columns of the table that makes bands of a spectrum,
float32; count of tokens, each with its length and bytes; then to the end each tensor: axes, length of its name, type (0
float32, 1 float16, others quantised), sizes from the last axis to the first, name, data. Tensors have openai-whisper's
names.
"""

from __future__ import annotations

from pathlib import Path

from labbench.models.conversion.cursor import Cursor
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.pieces import Kind, Piece, quantised, unfit
from labbench.models.conversion.state import Plan, checked_plan

MAGIC = 0x67676D6C
_KINDS: tuple[Kind, ...] = ("float32", "float16")
_MOST_TENSORS, _MOST_AXES, _MOST_TOKENS, _MOST_TOKEN_BYTES = 10_000, 3, 60_000, 1024
_FFT_BINS = 201
"""Whisper's spectrum is of 400 samples."""
_FLAT = ("encoder.conv1.bias", "encoder.conv2.bias")
"""Stored with an axis of one more."""


def plan_ggml(path: Path) -> Plan:
    """Where each tensor lies in the file. Alignment heads are not in it. Raises FormatError, OSError."""
    with path.open("rb") as file:
        cursor = Cursor(file, path)
        dims = read_dimensions(cursor, path)
        _skip_tables(cursor, path, dims)
        pieces: dict[str, Piece] = {}
        while cursor.left:
            name, piece = _tensor(cursor, path)
            if name in pieces or len(pieces) >= _MOST_TENSORS:
                raise unfit(path, f"it holds {name} twice, or too many tensors")
            pieces[name] = piece
    return checked_plan(Plan(path, dims, pieces, None))


def read_dimensions(cursor: Cursor, path: Path) -> Dimensions:
    """From the beginning of the file. Raises FormatError."""
    if cursor.number("I") != MAGIC:
        raise unfit(path, "it is no whisper.cpp model")
    vocabulary, *sound = cursor.numbers("5i")
    *text, bands, kind = cursor.numbers("6i")
    try:
        dims = Dimensions(*(bands, *sound, vocabulary, *text))
    except ValueError as error:
        raise unfit(path, str(error)) from None
    if not 0 <= kind < len(_KINDS):
        raise quantised(path, "as its header says")
    return dims


def _skip_tables(cursor: Cursor, path: Path, dims: Dimensions) -> None:
    if cursor.numbers("2i") != (dims.n_mels, _FFT_BINS):
        raise unfit(path, "its table of bands is not Whisper's")
    cursor.skip(4 * dims.n_mels * _FFT_BINS)
    tokens = cursor.number("i")
    if not 0 <= tokens <= _MOST_TOKENS:
        raise unfit(path, "its list of tokens is not Whisper's")
    for _ in range(tokens):
        size = cursor.number("i")
        if not 0 <= size <= _MOST_TOKEN_BYTES:
            raise unfit(path, "its list of tokens is not Whisper's")
        cursor.skip(size)


def _tensor(cursor: Cursor, path: Path) -> tuple[str, Piece]:
    axes, name_bytes, kind = cursor.numbers("3i")
    if not 0 < axes <= _MOST_AXES:
        raise unfit(path, f"a tensor in it has {axes} axes")
    shape = cursor.numbers("i" * axes)[::-1]
    name = cursor.name(name_bytes)
    if not 0 <= kind < len(_KINDS):
        raise quantised(path, f"type {kind} in {name}")
    if min(shape) <= 0:
        raise unfit(path, f"{name} has no size")
    if name in _FLAT and shape[1:] == (1,):
        shape = shape[:1]
    piece = Piece(path, _KINDS[kind], shape, cursor.offset)
    cursor.skip(piece.size_bytes)
    return name, piece
