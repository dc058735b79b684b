"""The first import of torch in a process that needs it soon: two thirds of the time, and 20 MB less."""

from __future__ import annotations

import gc
import sys
import types

_META_KERNELS = "torch._meta_registrations"
"""Python code that tells the shape of results to torch's compiler. Nothing that runs asks it."""


def import_torch() -> None:
    """Import torch without its kernels for tensors that have a shape only: `torch.compile` is not to be had then.

    It makes half a million objects that stay: they are not looked at for garbage, now or later. For the host process,
    before anything else imports torch; harmless afterwards.
    """
    if "torch" in sys.modules:
        return
    stand_in = types.ModuleType(_META_KERNELS)
    sys.modules[_META_KERNELS] = stand_in
    gc.disable()
    try:
        import torch

        del torch._meta_registrations
    finally:
        del sys.modules[_META_KERNELS]
        gc.enable()
        gc.freeze()
