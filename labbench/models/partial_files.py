"""What stopped downloads leave beside a file of weights, so that the next one goes on from there."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

PART, ETAG = ".part", ".part.etag"
"""Of a download of the file itself: what is here so far, and the server's name for that version."""
PACKAGES = ".packages"
"""A folder with packages that came whole, each as `SHA-256.whl`."""
WHEEL = ".whl"


def beside(target: Path, suffix: str) -> Path:
    """The target's path with something appended to its name."""
    return target.with_name(target.name + suffix)


def partial_bytes(target: Path) -> int:
    """How much of what makes the target is here, in bytes; 0 where that can't be told."""
    total = 0
    with suppress(OSError):
        for path in (beside(target, PART), *beside(target, PACKAGES).glob(f"*{WHEEL}")):
            total += path.stat().st_size if path.exists() else 0
    return total


def discard_partial(target: Path) -> None:
    """Remove what is left of stopped downloads, since the target has come meanwhile. Never raises."""
    shutil.rmtree(beside(target, PACKAGES), ignore_errors=True)
    for suffix in (PART, ETAG):
        with suppress(OSError):
            beside(target, suffix).unlink(missing_ok=True)
