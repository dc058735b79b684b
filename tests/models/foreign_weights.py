"""Writers of small Whispers in other programs' formats."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from labbench.models.conversion.dimensions import Dimensions, expected_shapes

Tensors = Mapping[str, np.ndarray]
TINY = Dimensions(
    n_mels=80,
    n_audio_ctx=1500,
    n_audio_state=8,
    n_audio_head=2,
    n_audio_layer=2,
    n_vocab=51_864,
    n_text_ctx=16,
    n_text_state=8,
    n_text_head=2,
    n_text_layer=2,
)
HEADS = ((0, 1), (1, 0))


def random_tensors(dims: Dimensions = TINY, kind: str = "<f2", seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        name: random.standard_normal(shape, dtype=np.float32).astype(kind)
        for name, shape in expected_shapes(dims).items()
    }


# CTranslate2 -----------------------------------------------------------------------------------------------------

_CT2_TYPES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}


def ct2_variables(dims: Dimensions, tensors: Tensors) -> dict[str, np.ndarray]:
    """By CTranslate2's names, with queries, keys and values stacked."""
    found: dict[str, np.ndarray] = {
        "decoder/activation": np.int8(3),
        "decoder/alibi": np.int8(0),
        "decoder/alignment_heads": np.int16(1),
        "decoder/alignment_layer": np.int16(-1),
        "decoder/num_heads": np.int16(dims.n_text_head),
        "decoder/pre_norm": np.int8(1),
        "decoder/scale_embeddings": np.int8(0),
        "decoder/start_from_zero_embedding": np.int8(0),
        "encoder/num_heads": np.int16(dims.n_audio_head),
        "decoder/embeddings/weight": tensors["decoder.token_embedding.weight"],
    }

    def norm(theirs: str, ours: str) -> None:
        found[f"{theirs}/gamma"], found[f"{theirs}/beta"] = tensors[f"{ours}.weight"], tensors[f"{ours}.bias"]

    def linear(theirs: str, *ours: str) -> None:
        found[f"{theirs}/weight"] = np.concatenate([tensors[f"{one}.weight"] for one in ours])
        zeros = np.zeros(dims.n_audio_state, tensors[f"{ours[0]}.weight"].dtype)
        found[f"{theirs}/bias"] = np.concatenate([tensors.get(f"{one}.bias", zeros) for one in ours])

    for side, layers, last in (("encoder", dims.n_audio_layer, "ln_post"), ("decoder", dims.n_text_layer, "ln")):
        found[f"{side}/position_encodings/encodings"] = tensors[f"{side}.positional_embedding"]
        norm(f"{side}/layer_norm", f"{side}.{last}")
        for number in range(layers):
            theirs, ours = f"{side}/layer_{number}", f"{side}.blocks.{number}"
            linear(f"{theirs}/self_attention/linear_0", f"{ours}.attn.query", f"{ours}.attn.key", f"{ours}.attn.value")
            linear(f"{theirs}/self_attention/linear_1", f"{ours}.attn.out")
            norm(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln")
            if side == "decoder":
                linear(f"{theirs}/attention/linear_0", f"{ours}.cross_attn.query")
                linear(f"{theirs}/attention/linear_1", f"{ours}.cross_attn.key", f"{ours}.cross_attn.value")
                linear(f"{theirs}/attention/linear_2", f"{ours}.cross_attn.out")
                norm(f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln")
            linear(f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
            linear(f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")
            norm(f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")
    for part in ("conv1", "conv2"):
        for kind in ("weight", "bias"):
            found[f"encoder/{part}/{kind}"] = tensors[f"encoder.{part}.{kind}"]
    return dict(sorted(found.items()))


def ct2_string(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<H", len(raw) + 1) + raw + b"\0"


def ct2_bytes(
    variables: Mapping[str, np.ndarray],
    version: int = 6,
    specification: str = "WhisperSpec",
    aliases: Mapping[str, str] = {"decoder/projection/weight": "decoder/embeddings/weight"},
) -> bytes:
    parts = [struct.pack("<I", version), ct2_string(specification), struct.pack("<II", 3, len(variables))]
    for name, values in variables.items():
        raw = values.tobytes()
        parts += [ct2_string(name), struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)]
        parts += [struct.pack("<BI", _CT2_TYPES[values.dtype.name], len(raw)), raw]
    parts.append(struct.pack("<I", len(aliases)))
    parts += [ct2_string(name) for pair in aliases.items() for name in pair]
    return b"".join(parts)


def write_ct2(folder: Path, dims: Dimensions, tensors: Tensors, heads: Any = HEADS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.bin").write_bytes(ct2_bytes(ct2_variables(dims, tensors)))
    if heads is not None:
        (folder / "config.json").write_text(json.dumps({"alignment_heads": heads, "lang_ids": [50259]}))
    return folder / "model.bin"


# Hugging Face ----------------------------------------------------------------------------------------------------

_HF_PARTS = {
    "attn.query": "self_attn.q_proj",
    "attn.key": "self_attn.k_proj",
    "attn.value": "self_attn.v_proj",
    "attn.out": "self_attn.out_proj",
    "attn_ln": "self_attn_layer_norm",
    "cross_attn.query": "encoder_attn.q_proj",
    "cross_attn.key": "encoder_attn.k_proj",
    "cross_attn.value": "encoder_attn.v_proj",
    "cross_attn.out": "encoder_attn.out_proj",
    "cross_attn_ln": "encoder_attn_layer_norm",
    "mlp.0": "fc1",
    "mlp.2": "fc2",
    "mlp_ln": "final_layer_norm",
}
_HF_WHOLE = {
    "positional_embedding": "embed_positions.weight",
    "token_embedding.weight": "embed_tokens.weight",
    "ln.weight": "layer_norm.weight",
    "ln.bias": "layer_norm.bias",
    "ln_post.weight": "layer_norm.weight",
    "ln_post.bias": "layer_norm.bias",
}


def hf_name(ours: str) -> str:
    side, _, rest = ours.partition(".")
    if rest.startswith("blocks."):
        _, number, part = rest.split(".", 2)
        part, _, kind = part.rpartition(".")
        return f"model.{side}.layers.{number}.{_HF_PARTS[part]}.{kind}"
    return f"model.{side}.{_HF_WHOLE.get(rest, rest)}"


def as_bfloat16(values: np.ndarray) -> np.ndarray:
    """The upper halves of float32, cut off."""
    return (values.astype("<f4").view("<u4") >> 16).astype("<u2")


def hf_header(tensors: Tensors, kinds: Mapping[str, str] = {}) -> dict[str, Any]:
    usual = {"float32": "F32", "float16": "F16", "uint16": "BF16"}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, values in tensors.items():
        end = offset + values.nbytes
        kind = kinds.get(name, usual.get(values.dtype.name, "I8"))
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    return header


def hf_bytes(header: Any, tensors: Tensors) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    return struct.pack("<Q", len(raw)) + raw + b"".join(values.tobytes() for values in tensors.values())


def hf_config(dims: Dimensions) -> dict[str, Any]:
    return {
        "model_type": "whisper",
        "activation_function": "gelu",
        "num_mel_bins": dims.n_mels,
        "max_source_positions": dims.n_audio_ctx,
        "d_model": dims.n_audio_state,
        "encoder_attention_heads": dims.n_audio_head,
        "encoder_layers": dims.n_audio_layer,
        "vocab_size": dims.n_vocab,
        "max_target_positions": dims.n_text_ctx,
        "decoder_attention_heads": dims.n_text_head,
        "decoder_layers": dims.n_text_layer,
        "scale_embedding": False,
    }


def write_hf(folder: Path, dims: Dimensions, tensors: Tensors, heads: Any = HEADS, parts: int = 1) -> Path:
    """With the output table spelled out beside the input's, as some programs do."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {hf_name(name): values for name, values in tensors.items()}
    named["proj_out.weight"] = tensors["decoder.token_embedding.weight"]
    (folder / "config.json").write_text(json.dumps(hf_config(dims)))
    if heads is not None:
        (folder / "generation_config.json").write_text(json.dumps({"alignment_heads": heads}))
    if parts == 1:
        path = folder / "model.safetensors"
        path.write_bytes(hf_bytes(hf_header(named), named))
        return path
    names = sorted(named)
    where: dict[str, str] = {}
    for number in range(parts):
        some = {name: named[name] for name in names[number::parts]}
        file = f"model-{number + 1:05}-of-{parts:05}.safetensors"
        (folder / file).write_bytes(hf_bytes(hf_header(some), some))
        where |= dict.fromkeys(some, file)
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps({"metadata": {}, "weight_map": where}))
    return path


# whisper.cpp -----------------------------------------------------------------------------------------------------


def ggml_tensor(name: str, values: np.ndarray, kind: int | None = None) -> bytes:
    code = {"float32": 0, "float16": 1}[values.dtype.name] if kind is None else kind
    sizes = values.shape[::-1]
    head = struct.pack(f"<3i{len(sizes)}i", len(sizes), len(name), code, *sizes)
    return head + name.encode() + values.tobytes()


def ggml_head(dims: Dimensions, kind: int = 1) -> bytes:
    numbers = (
        *(dims.n_vocab, dims.n_audio_ctx, dims.n_audio_state, dims.n_audio_head, dims.n_audio_layer),
        *(dims.n_text_ctx, dims.n_text_state, dims.n_text_head, dims.n_text_layer, dims.n_mels, kind),
    )
    words = [b"a", b" the", b"\xff\xfe"]
    return (
        struct.pack("<I11i", 0x67676D6C, *numbers)
        + struct.pack("<2i", dims.n_mels, 201)
        + bytes(4 * dims.n_mels * 201)
        + struct.pack("<i", len(words))
        + b"".join(struct.pack("<i", len(word)) + word for word in words)
    )


def ggml_values(name: str, values: np.ndarray) -> np.ndarray:
    """As whisper.cpp's converter stores it: small ones in float32, biases of convolutions with an axis of one more."""
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        values = values[:, None]
    small = values.ndim < 2 or values.shape[1] == 1 or name.endswith("positional_embedding")
    return values.astype("<f4") if small else values


def write_ggml(path: Path, dims: Dimensions, tensors: Tensors) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    stored = {name: ggml_values(name, values) for name, values in tensors.items()}
    path.write_bytes(ggml_head(dims) + b"".join(ggml_tensor(name, values) for name, values in stored.items()))
    return path
