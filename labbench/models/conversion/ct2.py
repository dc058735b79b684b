"""CTranslate2's `model.bin`, version 6, of a Whisper: what faster-whisper and WhisperX keep in their folders.

Little endian: u32 version; string name of the specification; u32 revision; u32 count; then each variable: string
name, u8 rank, u32 for each dimension, u8 type, u32 bytes, data; then u32 count of aliases, pairs of strings. A string is
a u16 length, its bytes and a NUL that is counted in.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from labbench.core.progress import CancelToken, OnProgress
from labbench.models.conversion.checkpoint import write_checkpoint
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.pieces import Kind, Piece, quantised, unfit
from labbench.models.conversion.state import Plan, Weights, alignment_heads, checked_plan, read_weights

VERSION = 6
_SPECIFICATION = "WhisperSpec"
_MOST_VARIABLES, _MOST_AXES, _MOST_LETTERS = 10_000, 4, 512
_TYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")
_TYPE_BYTES = (4, 1, 2, 4, 2, 2)
_FLOATS: Mapping[str, Kind] = {"float32": "float32", "float16": "float16", "bfloat16": "bfloat16"}
_AS_WHISPER = {
    "decoder/activation": 3,  # the exact GELU
    "decoder/alibi": 0,
    "decoder/pre_norm": 1,
    "decoder/scale_embeddings": 0,
    "decoder/start_from_zero_embedding": 0,
}
"""Settings that change what a model computes, as they are in every Whisper."""
_PROJECTION, _TABLE = "decoder/projection/weight", "decoder/embeddings/weight"


@dataclass(frozen=True)
class _Variable:
    type: str
    shape: tuple[int, ...]
    offset: int


def convert_ct2(
    model_bin: Path, config: Mapping[str, Any] | None, target: Path, on_progress: OnProgress, cancel: CancelToken
) -> None:
    """Make openai-whisper's `.pt` at `target`, as a whole or not at all. `config` is what `config.json` beside it says.

    Blocks, and imports torch: for a process of its own. Progress in bytes. Raises Cancelled, FormatError, OSError.
    """
    write_checkpoint(read_ct2(model_bin, config, on_progress, cancel), target, on_progress, cancel)


def read_ct2(
    model_bin: Path, config: Mapping[str, Any] | None, on_progress: OnProgress, cancel: CancelToken
) -> Weights:
    """The weights of a `model.bin`. Raises Cancelled, FormatError, OSError."""
    return read_weights(plan_ct2(model_bin, config), on_progress, cancel)


def plan_ct2(model_bin: Path, config: Mapping[str, Any] | None) -> Plan:
    """Where each tensor lies in a `model.bin`; its numbers are not read. Raises FormatError, OSError."""
    with model_bin.open("rb") as file:
        variables, aliases = _Reader(file, model_bin).all()
        values = {name: _scalar(file, one) for name, one in variables.items() if not one.shape}
    tensors = {name: one for name, one in variables.items() if one.shape}
    for one in tensors.values():
        if one.type in ("int8", "int16"):
            raise quantised(model_bin, one.type)
    for name, wanted in _AS_WHISPER.items():
        if values.get(name, wanted) != wanted:
            raise unfit(model_bin, f"its setting {name} is not Whisper's")
    if any(pair != (_PROJECTION, _TABLE) for pair in aliases):
        raise unfit(model_bin, "it says that tensors are the same which differ in a Whisper")
    named = {
        name: Piece(model_bin, _FLOATS[one.type], one.shape, one.offset)
        for name, one in tensors.items()
        if name != "decoder/alignment_heads" and one.type in _FLOATS
    }
    tied = named.pop(_PROJECTION, None)
    dims = _dimensions(model_bin, named, values)
    pieces = {ours: piece for name, piece in named.items() for ours, piece in _parts(name, piece, dims.n_audio_state)}
    return checked_plan(Plan(model_bin, dims, pieces, alignment_heads(model_bin, config, dims), tied))


def _dimensions(path: Path, named: Mapping[str, Piece], values: Mapping[str, int]) -> Dimensions:
    shapes = {name: piece.shape for name, piece in named.items()}
    layers = {
        side: sum(name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/weight") for name in shapes)
        for side in ("encoder", "decoder")
    }
    try:
        width, bands, _ = shapes["encoder/conv1/weight"]
        sound_frames, _ = shapes["encoder/position_encodings/encodings"]
        text_length, _ = shapes["decoder/position_encodings/encodings"]
        vocabulary, text_width = shapes[_TABLE]
        heads = values["encoder/num_heads"], values["decoder/num_heads"]
    except (KeyError, ValueError):
        raise unfit(path, "it lacks parts that every Whisper has") from None
    try:
        return Dimensions(
            bands,
            sound_frames,
            *(width, heads[0], layers["encoder"]),
            vocabulary,
            text_length,
            *(text_width, heads[1], layers["decoder"]),
        )
    except ValueError as error:
        raise unfit(path, str(error)) from None


_WHOLE = {
    "encoder/conv1/weight": "encoder.conv1.weight",
    "encoder/conv1/bias": "encoder.conv1.bias",
    "encoder/conv2/weight": "encoder.conv2.weight",
    "encoder/conv2/bias": "encoder.conv2.bias",
    "encoder/position_encodings/encodings": "encoder.positional_embedding",
    "encoder/layer_norm/gamma": "encoder.ln_post.weight",
    "encoder/layer_norm/beta": "encoder.ln_post.bias",
    "decoder/position_encodings/encodings": "decoder.positional_embedding",
    "decoder/layer_norm/gamma": "decoder.ln.weight",
    "decoder/layer_norm/beta": "decoder.ln.bias",
    _TABLE: "decoder.token_embedding.weight",
}
_NORM = {"gamma": "weight", "beta": "bias"}
_LINEAR: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("self_attention", "linear_0"): ("attn.query", "attn.key", "attn.value"),
    ("self_attention", "linear_1"): ("attn.out",),
    ("attention", "linear_0"): ("cross_attn.query",),
    ("attention", "linear_1"): ("cross_attn.key", "cross_attn.value"),
    ("attention", "linear_2"): ("cross_attn.out",),
    ("ffn", "linear_0"): ("mlp.0",),
    ("ffn", "linear_1"): ("mlp.2",),
}
"""Linear layers that are stacked along the rows of one matrix, in this order."""
_PART = {"self_attention": "attn", "attention": "cross_attn", "ffn": "mlp"}


def _parts(name: str, piece: Piece, width: int) -> Iterator[tuple[str, Piece]]:
    """The tensors of openai-whisper that a variable holds; its own name where it is none that is known."""
    if name in _WHOLE:
        yield _WHOLE[name], piece
        return
    match name.split("/"):
        case [side, layer, part, "layer_norm", kind] if part in _PART and kind in _NORM:
            yield f"{_block(side, layer)}.{_PART[part]}_ln.{_NORM[kind]}", piece
        case [side, layer, part, linear, kind] if (part, linear) in _LINEAR and kind in ("weight", "bias"):
            stacked = _LINEAR[part, linear]
            if len(stacked) == 1:
                yield f"{_block(side, layer)}.{stacked[0]}.{kind}", piece
                return
            if piece.shape[0] != len(stacked) * width:
                raise unfit(piece.path, f"{name} has another shape than a Whisper of this size")
            for number, ours in enumerate(stacked):
                # A bias of the keys adds the same to all scores of a query, which softmax does not see: Whisper has
                # none, and zeros stand here.
                if (kind, ours.rpartition(".")[2]) != ("bias", "key"):
                    yield f"{_block(side, layer)}.{ours}.{kind}", piece.rows(number * width, (number + 1) * width)
        case _:
            yield name, piece


def _block(side: str, layer: str) -> str:
    return f"{side}.blocks.{layer.removeprefix('layer_')}"


def _scalar(file: BinaryIO, one: _Variable) -> int:
    """A number beside the tensors; -1 where it is none of the kinds that settings have."""
    code = {"int8": "<b", "int16": "<h", "int32": "<i"}.get(one.type)
    if code is None:
        return -1
    file.seek(one.offset)
    (value,) = struct.unpack(code, file.read(struct.calcsize(code)))
    return int(value)


class _Reader:
    """Reads the list of variables and skips their data; nothing is read that the file is too short for."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._size = path.stat().st_size

    def all(self) -> tuple[dict[str, _Variable], list[tuple[str, str]]]:
        """The variables by name, and the pairs of aliases."""
        version = self._number("<I")
        if version != VERSION:
            raise unfit(self._path, f"it is no CTranslate2 model of version {VERSION}")
        if self._string() != _SPECIFICATION:
            raise unfit(self._path, "it is a CTranslate2 model, but no Whisper")
        self._number("<I")  # the revision: what it changed shows in the variables
        count = self._number("<I")
        if count > _MOST_VARIABLES:
            raise unfit(self._path, f"it names {count} tensors, and no Whisper has so many")
        variables: dict[str, _Variable] = {}
        for _ in range(count):
            name = self._string()
            if name in variables:
                raise unfit(self._path, f"it holds {name} twice")
            variables[name] = self._variable(name)
        count = self._number("<I")
        if count > _MOST_VARIABLES:
            raise unfit(self._path, f"it names {count} tensors, and no Whisper has so many")
        aliases = [(self._string(), self._string()) for _ in range(count)]
        if self._file.tell() != self._size:
            raise unfit(self._path, "it goes on after its end")
        return variables, aliases

    def _variable(self, name: str) -> _Variable:
        axes = self._number("<B")
        if axes > _MOST_AXES:
            raise unfit(self._path, f"{name} has {axes} axes")
        shape = tuple(self._number("<I") for _ in range(axes))
        code = self._number("<B")
        if code >= len(_TYPES):
            raise unfit(self._path, f"{name} is of an unknown type")
        size = self._number("<I")
        if size != math.prod(shape) * _TYPE_BYTES[code]:
            raise unfit(self._path, f"the size of {name} does not fit its shape")
        offset = self._file.tell()
        self._need(size)
        self._file.seek(offset + size)
        return _Variable(_TYPES[code], shape, offset)

    def _need(self, size: int) -> None:
        if size > self._size - self._file.tell():
            raise unfit(self._path, "it ends too early")

    def _bytes(self, size: int) -> bytes:
        self._need(size)
        return self._file.read(size)

    def _number(self, code: str) -> int:
        (value,) = struct.unpack(code, self._bytes(struct.calcsize(code)))
        return int(value)

    def _string(self) -> str:
        raw = self._bytes(self._number("<H"))
        name = raw[:-1].decode("ascii", errors="replace")
        if not (raw.endswith(b"\0") and name.isascii() and name.isprintable() and len(name) <= _MOST_LETTERS):
            raise unfit(self._path, "a name in it is not text")
        return name
