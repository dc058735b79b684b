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
from labbench.models.conversion.checkpoint import HEADS_KEY
from labbench.models.conversion.dimensions import Dimensions, expected_shapes
from labbench.models.devices import Placed, is_full, memory_error, place
from labbench.models.weights_note import read_note
from labbench.models.whisper_network import Network
from labbench.models.whisper_package import ALIGNMENT_HEADS, ModelDimensions, Whisper

MULTILINGUAL_VOCABULARY = 51865
"""Tokens of the smallest multilingual checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file of weights holds: dimensions and tensors by openai-whisper's names, as they lie in the file.

    `heads` are the layers and heads of the decoder that follow the sound.
    """

    dims: Dimensions
    weights: Mapping[str, torch.Tensor]
    heads: tuple[tuple[int, int], ...]


def read_checkpoint(path: Path) -> Checkpoint:
    """A checkpoint in openai-whisper's own format, never unpickling anything but tensors and plain values.

    Raises LabBenchError or FormatError with what is wrong with the file.
    """
    foreign = FormatError(
        f"{path.name} is not a Whisper checkpoint.",
        "Choose a .pt file from openai-whisper; import weights in other formats first (`labbench models import`).",
    )
    try:
        raw = _loaded(path)
        dims = Dimensions(**raw["dims"])
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
    return Checkpoint(dims, weights, _heads(path.stem, dims, raw.get(HEADS_KEY)))


def _loaded(path: Path) -> Any:
    """Mapped into memory rather than read where the file allows it, so that each tensor is there once."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except RuntimeError:  # torch's form of before 2019, or no checkpoint
        return torch.load(path, map_location="cpu", weights_only=True)


def is_multilingual(dims: Dimensions) -> bool:
    """Told by the size of the vocabulary."""
    return bool(dims.n_vocab >= MULTILINGUAL_VOCABULARY)


def languages_of(dims: Dimensions) -> int:
    """How many languages have a token."""
    return int(dims.n_vocab - 51765 - int(is_multilingual(dims)))


def load_checkpoint(path: Path) -> Any:
    """openai-whisper's own model of a checkpoint, in float32. Raises as `read_checkpoint`."""
    checkpoint = read_checkpoint(path)
    model = Whisper(ModelDimensions(**checkpoint.dims.as_dict()))
    model.load_state_dict(checkpoint.weights)
    heads = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
    heads[tuple(zip(*checkpoint.heads, strict=True))] = True
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    return model.float().eval()


def _heads(name: str, dims: Dimensions, told: object = None) -> tuple[tuple[int, int], ...]:
    """Which heads follow the sound: as a converted file says, as is known of an official name, else all of the
    decoder's second half, openai-whisper's own guess."""
    layers, heads = dims.n_text_layer, dims.n_text_head
    if isinstance(told, torch.Tensor) and told.dtype == torch.bool and told.shape == (layers, heads) and told.any():
        return tuple((int(layer), int(head)) for layer, head in told.nonzero())
    if name not in ALIGNMENT_HEADS:
        return tuple((layer, head) for layer in range(layers // 2, layers) for head in range(heads))
    packed = np.frombuffer(gzip.decompress(base64.b85decode(ALIGNMENT_HEADS[name])), bool)
    if packed.size != layers * heads:  # another model under an official name
        return _heads("", dims)
    return tuple((int(layer), int(head)) for layer, head in np.argwhere(packed.reshape(layers, heads)))


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file of weights: as the note says that was written with it, else read."""
    note = read_note(path)
    return note.sha256 if note is not None and note.size_bytes == path.stat().st_size else sha256(path)


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
