"""Where a recording is not one unbroken piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

InterruptionKind = Literal["overrun", "gap", "pause"]


@dataclass(frozen=True)
class Interruption:
    """Before frame `at` of a recording something is missing.

    `overrun`: the device lost sound, nobody knows how much (`frames` is 0). `gap`: `frames` frames from `at` on are
    silence that stands for sound which came faster than it could be kept. `pause`: the user paused.
    """

    at: int
    frames: int
    kind: InterruptionKind
