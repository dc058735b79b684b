"""Writing openai-whisper's `.pt`. Imports torch when called: for a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models.conversion.state import Weights

HEADS_KEY = "alignment_heads"
"""In a checkpoint: a bool tensor (layers, heads) of the decoder. openai-whisper doesn't look at it."""


def part_of(target: Path) -> Path:
    """What `write_checkpoint` writes before the file gets its name; whoever ended its process removes it."""
    return target.with_name(f"{target.name}.converting")


def write_checkpoint(weights: Weights, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    """Write a checkpoint that openai-whisper's `load_model` takes, as a whole or not at all.

    Each tensor keeps its precision. Raises Cancelled, OSError.
    """
    import torch

    state = {name: torch.from_numpy(values) for name, values in weights.tensors.items()}
    checkpoint: dict[str, object] = {"dims": weights.dims.as_dict(), "model_state_dict": state}
    if weights.heads is not None:
        mask = np.zeros((weights.dims.n_text_layer, weights.dims.n_text_head), dtype=bool)
        mask[tuple(np.transpose(weights.heads))] = True
        checkpoint[HEADS_KEY] = torch.from_numpy(mask)
    total = sum(values.nbytes for values in weights.tensors.values())
    on_progress(Progress(0, total, "bytes", "writing"))
    with _whole_or_nothing(target) as part:
        cancel.check()
        try:
            torch.save(checkpoint, part)
        except RuntimeError as error:  # torch's way to say that the disk is full
            raise OSError(f"torch could not write it: {error}") from error
        cancel.check()
    on_progress(Progress(total, total, "bytes", "writing"))


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[Path]:
    """A path to write to, which becomes `target` in the end, once it is on the disk; removed where that fails."""
    part = part_of(target)
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
