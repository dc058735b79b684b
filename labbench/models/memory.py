"""Handing memory back to the system after a job that needed much: what Python and C keep for later is not small."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress


def hand_back() -> None:
    """Collect what is not used any more; with glibc, give its freed memory back. A few hundredths of a second."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library, such as Alpine's
            ctypes.CDLL(None).malloc_trim(0)
