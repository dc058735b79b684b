"""Hugging Face's checkpoints of Whisper: `model.safetensors`, or several of them with an index, and `config.json`.

The format of a file: u64 length of a header, little endian; the header, JSON, with for each tensor its type, its shape
and the offsets of its data from the header's end; the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labbench.models.conversion.cursor import MOST_NAME_BYTES, Cursor
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.pieces import Kind, Piece, pieces_fit, quantised, unfit
from labbench.models.conversion.settings import MOST_BYTES, parse_object, read_settings
from labbench.models.conversion.state import Plan, alignment_heads, checked_plan
from labbench.models.conversion.vocabulary import own_tokens

INDEX = "model.safetensors.index.json"
_KINDS: Mapping[str, Kind] = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_FEW_BITS = re.compile(r"[IU]\d+|F[48]_\w+|F8\w*")
_MOST_AXES, _MOST_FILES = 4, 64
_PROJECTION, _TABLE = "proj_out.weight", "decoder.embed_tokens.weight"


def plan_safetensors(path: Path) -> Plan:
    """Where each tensor lies; `path` is the file or the index of several. `config.json` is read beside it.

    Raises FormatError, OSError.
    """
    config = read_settings(path.with_name("config.json"))
    if config is None:
        raise unfit(
            path, "there is no config.json beside it", "Put the config.json of the same model into the same folder."
        )
    table = config.get("vocab_size")
    dims = _dimensions(path, {**config, "vocab_size": own_tokens(path, table)})
    found = read_index(path) if path.name.endswith(".json") else read_file(path)
    named = {name.removeprefix("model."): piece for name, piece in found.items()}
    if len(named) != len(found):
        raise unfit(path, "it holds a tensor twice")
    for name in (_PROJECTION, _TABLE):
        if name in named and named[name].shape == (table, dims.n_text_state):
            named[name] = named[name].rows(0, dims.n_vocab)
    tied = named.pop(_PROJECTION, None)
    pieces = {_ours(name): piece for name, piece in named.items()}
    generation = read_settings(path.with_name("generation_config.json"))
    return checked_plan(Plan(path, dims, pieces, alignment_heads(path, generation, dims), tied))


def _dimensions(path: Path, config: Mapping[str, Any]) -> Dimensions:
    if config.get("model_type") != "whisper":
        raise unfit(path, "the config.json beside it is not of a Whisper")
    if "quantization_config" in config:
        raise quantised(path, "as its config.json says")
    if config.get("activation_function", "gelu") != "gelu" or config.get("scale_embedding", False) is not False:
        raise unfit(path, "its config.json asks for another kind of network than Whisper's")
    names = (
        *("num_mel_bins", "max_source_positions", "d_model", "encoder_attention_heads", "encoder_layers"),
        *("vocab_size", "max_target_positions", "d_model", "decoder_attention_heads", "decoder_layers"),
    )
    usual = {"num_mel_bins": 80, "max_source_positions": 1500, "max_target_positions": 448}
    try:
        return Dimensions(*(config.get(name, usual.get(name)) for name in names))
    except ValueError as error:
        raise unfit(path, str(error)) from None


def read_index(path: Path) -> dict[str, Piece]:
    """The tensors of all files that an index names. Raises FormatError, OSError."""
    index = read_settings(path)
    wanted = (index or {}).get("weight_map")
    if not isinstance(wanted, dict) or not all(isinstance(name, str) for name in wanted.values()):
        raise unfit(path, "it is no index of tensors")
    files = sorted(set(wanted.values()))
    if len(files) > _MOST_FILES or not all(re.fullmatch(r"[\w-][\w.-]*\.safetensors", name) for name in files):
        raise unfit(path, "it names files that can't belong to it")
    found: dict[str, Piece] = {}
    for name in files:
        part = path.with_name(name)
        try:
            pieces = read_file(part)
        except FileNotFoundError:
            raise unfit(path, f"{name} is missing beside it", "Get the rest of the model's files.") from None
        if found.keys() & pieces.keys() or any(wanted.get(tensor) != name for tensor in pieces):
            raise unfit(path, f"{name} holds other tensors than it says")
        found |= pieces
    return found


def read_file(path: Path) -> dict[str, Piece]:
    """Where the tensors of one file lie, by the names in it. Raises FormatError, OSError."""
    with path.open("rb") as file:
        cursor = Cursor(file, path)
        size = cursor.number("Q")
        if size > min(cursor.left, MOST_BYTES):
            raise unfit(path, "its header is longer than a Whisper's, or than the file")
        header = parse_object(path, cursor.raw(size))
        start, left = cursor.offset, cursor.left
    header.pop("__metadata__", None)
    pieces = {name: _piece(path, start, left, name, entry) for name, entry in header.items()}
    if not pieces_fit(list(pieces.values()), start + left):
        raise unfit(path, "tensors in it lie over each other")
    if sum(piece.size_bytes for piece in pieces.values()) != left:
        raise unfit(path, "it has bytes that belong to no tensor")
    return pieces


def _piece(path: Path, start: int, left: int, name: str, entry: Any) -> Piece:
    """One entry of the header; the data begin at `start` and have `left` bytes."""
    if not (name.isascii() and name.isprintable() and len(name) <= MOST_NAME_BYTES):
        raise unfit(path, "a name in it is not text")
    try:
        kind, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    except (TypeError, KeyError, ValueError):
        raise unfit(path, f"it does not say where {name} lies") from None
    if not isinstance(kind, str) or kind not in _KINDS:
        if isinstance(kind, str) and _FEW_BITS.fullmatch(kind):
            raise quantised(path, kind)
        raise unfit(path, f"{name} is of an unknown type")
    if len(shape) > _MOST_AXES or not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise unfit(path, f"it does not say where {name} lies")
    piece = Piece(path, _KINDS[kind], shape, start + begin)
    if not begin <= end <= left:
        raise unfit(path, "it ends too early")
    if end - begin != piece.size_bytes:
        raise unfit(path, f"the size of {name} does not fit its shape")
    return piece


_WHOLE = {
    "embed_positions.weight": "positional_embedding",
    "embed_tokens.weight": "token_embedding.weight",
    "conv1.weight": "conv1.weight",
    "conv1.bias": "conv1.bias",
    "conv2.weight": "conv2.weight",
    "conv2.bias": "conv2.bias",
}
_PARTS = {
    "self_attn.q_proj": "attn.query",
    "self_attn.k_proj": "attn.key",
    "self_attn.v_proj": "attn.value",
    "self_attn.out_proj": "attn.out",
    "self_attn_layer_norm": "attn_ln",
    "encoder_attn.q_proj": "cross_attn.query",
    "encoder_attn.k_proj": "cross_attn.key",
    "encoder_attn.v_proj": "cross_attn.value",
    "encoder_attn.out_proj": "cross_attn.out",
    "encoder_attn_layer_norm": "cross_attn_ln",
    "fc1": "mlp.0",
    "fc2": "mlp.2",
    "final_layer_norm": "mlp_ln",
}
_LAYER = re.compile(r"layers\.(0|[1-9][0-9]?)\.(.+)\.(weight|bias)")
_LAST = {"encoder": "ln_post", "decoder": "ln"}


def _ours(name: str) -> str:
    """openai-whisper's name of a tensor; its own where it is none that is known."""
    side, _, rest = name.partition(".")
    if side not in _LAST:
        return name
    if rest in _WHOLE:
        return f"{side}.{_WHOLE[rest]}"
    if rest in ("layer_norm.weight", "layer_norm.bias"):
        return f"{side}.{_LAST[side]}.{rest.removeprefix('layer_norm.')}"
    match = _LAYER.fullmatch(rest)
    if match is None or match[2] not in _PARTS:
        return name
    return f"{side}.blocks.{match[1]}.{_PARTS[match[2]]}.{match[3]}"
