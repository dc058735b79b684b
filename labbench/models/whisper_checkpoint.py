"""Whisper checkpoints: read from a file that nobody vouches for, and put where they work.

Only for the host process: it imports torch.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from labbench.core.errors import FormatError, LabBenchError
from labbench.models import devices
from labbench.models.devices import Placed, is_full, memory_error, place
from labbench.models.whisper_network import Network
from labbench.models.whisper_package import ALIGNMENT_HEADS, ModelDimensions, Whisper

MULTILINGUAL_VOCABULARY = 51865
"""Tokens of the smallest multilingual checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file of weights holds: dimensions and tensors by openai-whisper's names, as they lie in the file.

    `heads` are the layers and heads of the decoder that follow the sound.
    """

    dims: Any
    weights: Mapping[str, torch.Tensor]
    heads: tuple[tuple[int, int], ...]


def read_checkpoint(path: Path) -> Checkpoint:
    """A checkpoint in openai-whisper's own format, never unpickling anything but tensors and plain values.

    Raises LabBenchError or FormatError with what is wrong with the file.
    """
    foreign = FormatError(
        f"{path.name} is not a Whisper checkpoint.",
        "Choose a .pt file from openai-whisper; weights in other formats do not fit.",
    )
    try:
        raw = torch.load(path, map_location="cpu", weights_only=True)
        dims = _dimensions(raw["dims"])
        weights = raw["model_state_dict"]
        if {name: tuple(weight.shape) for name, weight in weights.items()} != expected_shapes(dims):
            raise ValueError("other tensors than a Whisper of these dimensions has")
        if not all(weight.is_floating_point() for weight in weights.values()):
            raise ValueError("no floating-point numbers")
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.") from None
    except OSError as error:
        raise LabBenchError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error
    except Exception as error:  # bytes that mean nothing make the unpickler raise anything
        if is_full(error):
            raise memory_error(path.stem) from None
        raise foreign from error
    return Checkpoint(dims, weights, _heads(path.stem, dims))


def is_multilingual(dims: Any) -> bool:
    """Told by the size of the vocabulary."""
    return bool(dims.n_vocab >= MULTILINGUAL_VOCABULARY)


def languages_of(dims: Any) -> int:
    """How many languages have a token."""
    return int(dims.n_vocab - 51765 - int(is_multilingual(dims)))


def load_checkpoint(path: Path) -> Any:
    """openai-whisper's own model of a checkpoint, in float32. Raises as `read_checkpoint`."""
    checkpoint = read_checkpoint(path)
    model = Whisper(checkpoint.dims)
    model.load_state_dict(checkpoint.weights)
    return model.float().eval()


def expected_shapes(dims: Any) -> dict[str, tuple[int, ...]]:
    """Of each tensor that openai-whisper's model of these dimensions has."""
    audio, text = dims.n_audio_state, dims.n_text_state
    shapes: dict[str, tuple[int, ...]] = {
        "encoder.conv1.weight": (audio, dims.n_mels, 3),
        "encoder.conv1.bias": (audio,),
        "encoder.conv2.weight": (audio, audio, 3),
        "encoder.conv2.bias": (audio,),
        "encoder.positional_embedding": (dims.n_audio_ctx, audio),
        "decoder.positional_embedding": (dims.n_text_ctx, text),
        "decoder.token_embedding.weight": (dims.n_vocab, text),
    }
    norms = [("encoder.ln_post", audio), ("decoder.ln", text)]
    for side, width, layers in (("encoder", audio, dims.n_audio_layer), ("decoder", text, dims.n_text_layer)):
        for block in (f"{side}.blocks.{number}" for number in range(layers)):
            for attention in ("attn", "cross_attn") if side == "decoder" else ("attn",):
                for part in ("query", "key", "value", "out"):
                    shapes[f"{block}.{attention}.{part}.weight"] = (width, width)
                    if part != "key":
                        shapes[f"{block}.{attention}.{part}.bias"] = (width,)
                norms.append((f"{block}.{attention}_ln", width))
            norms.append((f"{block}.mlp_ln", width))
            shapes |= {f"{block}.mlp.0.weight": (4 * width, width), f"{block}.mlp.0.bias": (4 * width,)}
            shapes |= {f"{block}.mlp.2.weight": (width, 4 * width), f"{block}.mlp.2.bias": (width,)}
    for name, width in norms:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    return shapes


def _heads(name: str, dims: Any) -> tuple[tuple[int, int], ...]:
    """Which heads follow the sound: known for official weights, else all of the decoder's second half."""
    layers, heads = dims.n_text_layer, dims.n_text_head
    if name not in ALIGNMENT_HEADS:
        return tuple((layer, head) for layer in range(layers // 2, layers) for head in range(heads))
    packed = np.frombuffer(gzip.decompress(base64.b85decode(ALIGNMENT_HEADS[name])), bool)
    if packed.size != layers * heads:  # another model under an official name
        return _heads("", dims)
    return tuple((int(layer), int(head)) for layer, head in np.argwhere(packed.reshape(layers, heads)))


def _dimensions(raw: Any) -> Any:
    """The model's dimensions, refused where no Whisper has such: a file must not make us allocate without bound."""
    dimensions = ModelDimensions(**raw)
    sizes = vars(dimensions).values()
    if not all(isinstance(size, int) and 0 < size <= 60_000 for size in sizes):
        raise ValueError("dimensions out of range")
    if dimensions.n_audio_ctx != 1500 or max(dimensions.n_audio_state, dimensions.n_text_state) > 2048:
        raise ValueError("not Whisper's dimensions")
    if max(dimensions.n_audio_layer, dimensions.n_text_layer) > 64:
        raise ValueError("not Whisper's dimensions")
    return dimensions


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_network(build: Callable[[str], Network], wanted: str) -> tuple[Placed, Network]:
    """What `build` makes for the `wanted` device (one of `devices.DEVICES`), once it has worked there; else for the
    processor."""
    made: list[Network] = []

    def move(device: str) -> None:
        made[:] = [build(device)]

    placed = place(wanted, _is_there, move, lambda: _trial(made[0]))
    return placed, made[0]


def _is_there(device: str) -> bool:
    if device == devices.CUDA:
        return bool(torch.cuda.is_available())
    return bool(torch.backends.mps.is_available())


def _trial(network: Network) -> Sequence[bool]:
    """30 s of silence through the encoder, and one token through the decoder, in the precision that will be used."""
    with torch.inference_mode():
        sound = network.encode(torch.zeros(network.dims.n_mels, 3000))
        hidden, _ = network.hidden([0], 0, sound, network.cache())
        finite: list[bool] = [
            bool(torch.isfinite(part).all().item()) for part in (sound.features, network.logits(hidden))
        ]
    return finite


def free_unused(device: str) -> None:
    """Hand cached memory back after a job that needed too much."""
    if device == devices.CUDA:
        torch.cuda.empty_cache()
    elif device == devices.MPS:
        torch.mps.empty_cache()
