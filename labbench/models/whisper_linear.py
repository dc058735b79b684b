"""The linear layers of Whisper's decoder: in float, or in int8, which reads a quarter of the memory at each token.

Only for the host process: it imports torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

Linear = Callable[[Tensor], Tensor]
_MAX = 63
"""Weights in seven bits and inputs in eight: without VNNI, two products are added in 16 bits, which eight and eight
would overflow. Inputs have a few large values and need the eighth bit more (half the divergence, measured)."""


def float_linear(weight: Tensor, bias: Tensor | None) -> Linear:
    """[n, in] -> [n, out] for a weight of shape [out, in], in the precision of the input or in one that it widens."""
    return lambda x: functional.linear(x, weight.to(x.dtype), bias)


def int8_linear(weight: Tensor, bias: Tensor | None) -> Linear:
    """The same with the weight in int8, a scale for each output; inputs are quantised as they come.

    To be called while `quantising`.

    torch's own kernel (`quantized::linear_dynamic`): five rows take a quarter to a tenth of the time of float32 (2
    cores, AVX2). torch's other ways to multiply int8 on a processor without VNNI (`_int_mm`, `_weight_int8pack_mm`,
    oneDNN's `qlinear_pointwise`) take longer than float32.
    """
    scales = (weight.abs().amax(dim=1) / _MAX).clamp_min(1e-9).double()
    zeros = torch.zeros(len(scales), dtype=torch.long)
    quantised = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
    packed = torch.ops.quantized.linear_prepack(quantised, bias)
    multiply = torch.ops.quantized.linear_dynamic.default
    return lambda x: multiply(x, packed, False)


@contextmanager
def quantising() -> Iterator[None]:
    """While entered, torch does not warn that it means to do without quantised tensors one day: its version is pinned,
    and `int8_works` asks it. Entered by one thread, for others, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


@cache
def int8_works() -> bool:
    """Whether this torch on this processor multiplies in int8 and means it."""
    weight = torch.linspace(-1.0, 1.0, 64 * 32).view(64, 32)
    x = torch.linspace(-1.0, 1.0, 2 * 32).view(2, 32)
    try:
        with quantising():
            found = int8_linear(weight, None)(x)
    except (RuntimeError, NotImplementedError, AttributeError):
        return False
    wanted = x @ weight.t()
    return bool((found - wanted).abs().max() < 0.05 * wanted.abs().max())
