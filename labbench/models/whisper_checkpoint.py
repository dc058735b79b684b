"""Whisper checkpoints: read from a file that nobody vouches for, and put where they work.

Only for the host process: it imports torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import whisper

from labbench.core.errors import FormatError, LabBenchError
from labbench.models import devices
from labbench.models.conversion.checkpoint import HEADS_KEY
from labbench.models.devices import Placed, is_full, memory_error, place


def load_checkpoint(path: Path) -> Any:
    """A checkpoint in openai-whisper's own format, never unpickling anything but tensors and plain values.

    Raises LabBenchError or FormatError with what is wrong with the file.
    """
    foreign = FormatError(
        f"{path.name} is not a Whisper checkpoint.",
        "Choose a .pt file from openai-whisper; weights in other formats do not fit.",
    )
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        model = whisper.Whisper(_dimensions(checkpoint["dims"]))
        model.load_state_dict(checkpoint["model_state_dict"])
    except FileNotFoundError:
        raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.") from None
    except OSError as error:
        raise LabBenchError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error
    except Exception as error:  # bytes that mean nothing make the unpickler raise anything
        if is_full(error):
            raise memory_error(path.stem) from None
        raise foreign from error
    _set_alignment_heads(model, path.stem, checkpoint.get(HEADS_KEY))
    return model.float().eval()


def _set_alignment_heads(model: Any, name: str, heads: Any) -> None:
    """Which attention heads follow the sound: as a converted file says, or as is known of an official name.

    Others keep openai-whisper's own guess, all heads of the later half.
    """
    shape = (model.dims.n_text_layer, model.dims.n_text_head)
    if isinstance(heads, torch.Tensor) and heads.dtype == torch.bool and heads.shape == shape and bool(heads.any()):
        model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    elif name in whisper._ALIGNMENT_HEADS:
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[name])


def _dimensions(raw: Any) -> Any:
    """The model's dimensions, refused where no Whisper has such: a file must not make us allocate without bound."""
    dimensions = whisper.ModelDimensions(**raw)
    sizes = vars(dimensions).values()
    if not all(isinstance(size, int) and 0 < size <= 60_000 for size in sizes):
        raise ValueError("dimensions out of range")
    if dimensions.n_audio_ctx != 1500 or max(dimensions.n_audio_state, dimensions.n_text_state) > 2048:
        raise ValueError("not Whisper's dimensions")
    if max(dimensions.n_audio_layer, dimensions.n_text_layer) > 64:
        raise ValueError("not Whisper's dimensions")
    return dimensions


def lay_out_for_cpu(model: Any) -> None:
    """Turn the table of tokens in memory, so that one token's logits cost 0.4 of the time (3.3 for 8.7 ms in `tiny`).

    Each step of decoding multiplies by the whole table, and that is quicker along rows of the transposed one.
    """
    weight = model.decoder.token_embedding.weight
    weight.data = weight.data.t().contiguous().t()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_model(model: Any, wanted: str) -> Placed:
    """Move openai-whisper's model to the `wanted` device (one of `devices.DEVICES`), once it has worked there."""
    return place(wanted, _is_there, lambda device: _move(model, device), lambda: _trial(model))


def _is_there(device: str) -> bool:
    if device == devices.CUDA:
        return bool(torch.cuda.is_available())
    return bool(torch.backends.mps.is_available())


def _move(model: Any, device: str) -> None:
    # The table of alignment heads is sparse, which Apple's graphics don't know, and is read on the CPU anyway.
    heads = model.alignment_heads
    del model.alignment_heads
    try:
        model.to(device)
    finally:
        model.register_buffer("alignment_heads", heads.cpu(), persistent=False)


def _trial(model: Any) -> Sequence[bool]:
    """30 s of silence through the encoder, and one token through the decoder, in the precision that will be used."""
    with torch.inference_mode():
        kind = torch.float16 if model.device.type == devices.CUDA else torch.float32
        features = model.encoder(torch.zeros(1, model.dims.n_mels, 3000, dtype=kind, device=model.device))
        logits = model.decoder(torch.zeros(1, 1, dtype=torch.long, device=model.device), features)
        finite: list[bool] = [bool(torch.isfinite(part).all().item()) for part in (features, logits)]
    return finite


def free_unused(device: str) -> None:
    """Hand cached memory back after a job that needed too much."""
    if device == devices.CUDA:
        torch.cuda.empty_cache()
    elif device == devices.MPS:
        torch.mps.empty_cache()
