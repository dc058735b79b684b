"""What every format becomes: openai-whisper's tensors by its own names, complete and finite, or one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models.conversion.dimensions import Dimensions, expected_shapes
from labbench.models.conversion.pieces import Piece, read_piece, unfit

Heads = tuple[tuple[int, int], ...]
"""Attention heads of the decoder that follow the sound: layer and head, sorted."""


@dataclass(frozen=True)
class Weights:
    """A whole Whisper. `tensors` by openai-whisper's names, in its order, float16 or float32, as precise as the source.

    `heads` is None where the source did not name them.
    """

    dims: Dimensions
    tensors: Mapping[str, NDArray[np.floating]]
    heads: Heads | None


@dataclass(frozen=True)
class Plan:
    """A whole Whisper that is not read yet: where each tensor lies. `tied` is a second copy of the table of tokens."""

    source: Path
    dims: Dimensions
    pieces: Mapping[str, Piece]
    heads: Heads | None
    tied: Piece | None = None


def checked_plan(plan: Plan) -> Plan:
    """The plan, if it has every tensor in its exact shape, and nothing else. Raises FormatError."""
    expected = expected_shapes(plan.dims)
    for name, shape in expected.items():
        if name not in plan.pieces:
            raise unfit(plan.source, f"{name} is missing in it")
        if plan.pieces[name].shape != shape:
            raise unfit(plan.source, f"{name} has another shape than a Whisper of this size")
    extra = sorted(plan.pieces.keys() - expected.keys())
    if extra:
        raise unfit(plan.source, f"it holds {extra[0]}, which no Whisper has")
    if plan.tied is not None and plan.tied.shape != expected["decoder.token_embedding.weight"]:
        raise unfit(plan.source, "its table of output tokens has another shape than the one of input tokens")
    return plan


def read_weights(plan: Plan, on_progress: OnProgress, cancel: CancelToken) -> Weights:
    """The tensors of a checked plan, one after the other; memory for one copy.

    Progress in bytes. Raises Cancelled, FormatError where numbers are not finite, OSError.
    """
    checked_plan(plan)
    total = sum(piece.size_bytes for piece in plan.pieces.values())
    done = 0
    tensors: dict[str, NDArray[np.floating]] = {}
    with ExitStack() as stack:
        files: dict[Path, BufferedReader] = {}

        def read(piece: Piece) -> NDArray[np.floating]:
            cancel.check()
            if piece.path not in files:
                files[piece.path] = stack.enter_context(piece.path.open("rb"))
            return read_piece(files[piece.path], piece)

        for name in expected_shapes(plan.dims):
            tensors[name] = read(plan.pieces[name])
            done += plan.pieces[name].size_bytes
            on_progress(Progress(done, total, "bytes", "reading"))
        if plan.tied is not None and not np.array_equal(read(plan.tied), tensors["decoder.token_embedding.weight"]):
            raise unfit(plan.source, "its tables of input and output tokens differ, and Whisper has one for both")
    return Weights(plan.dims, tensors, plan.heads)


def alignment_heads(source: Path, config: Mapping[str, Any] | None, dims: Dimensions) -> Heads | None:
    """What a configuration says in `alignment_heads`, pairs of layer and head; None where it says nothing.

    Raises FormatError for pairs that this decoder has not.
    """
    named = (config or {}).get("alignment_heads")
    if named is None or named == []:
        return None
    if not isinstance(named, list) or not all(_is_head(pair, dims) for pair in named):
        raise unfit(source, "the alignment heads beside it are not those of its decoder")
    return tuple(sorted({(pair[0], pair[1]) for pair in named}))


def _is_head(pair: Any, dims: Dimensions) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and all(type(number) is int for number in pair)
        and 0 <= pair[0] < dims.n_text_layer
        and 0 <= pair[1] < dims.n_text_head
    )
