"""The last output of Whisper's encoder, kept: one stretch of sound goes through it once, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class EncoderMemo:
    """Stands before an encoder's `forward`, and before what the decoder first makes of the encoder's output.

    Detecting the language, each temperature and the times of words all begin with the same 30 s of sound. Equal input
    gives the output of before: nothing changes but the time it takes. `calls` counts what was really computed.
    """

    def __init__(self, model: Any) -> None:
        self.calls = 0
        self._encode: Callable[[Tensor], Tensor] = model.encoder.forward
        self._sound: Tensor | None = None
        self._output: Tensor | None = None
        model.encoder.forward = self._forward
        self._projections: list[_Projection] = []
        for block in model.decoder.blocks:
            for part in (block.cross_attn.key, block.cross_attn.value):
                part.forward = _Projection(part.forward)
                self._projections.append(part.forward)

    def forget(self) -> None:
        """Let go of the memory, which for large models is hundreds of megabytes."""
        self._sound = self._output = None
        for projection in self._projections:
            projection.forget()

    def _forward(self, sound: Tensor) -> Tensor:
        if self._sound is None or self._output is None or not _same(sound, self._sound):
            self.calls += 1
            self._output, self._sound = self._encode(sound), sound
        return self._output


class _Projection:
    """Keys or values that a decoder layer makes of the encoder's output: the same for each pass over it."""

    def __init__(self, project: Callable[[Tensor], Tensor]) -> None:
        self._project = project
        self._features: Tensor | None = None
        self._output: Tensor | None = None

    def forget(self) -> None:
        self._features = self._output = None

    def __call__(self, features: Tensor) -> Tensor:
        if self._output is None or features is not self._features:
            self._output, self._features = self._project(features), features
        return self._output


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype and bool(torch.equal(one, other))
