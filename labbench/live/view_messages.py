"""What crosses between the window and the ear for the views of distances. Frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labbench.wakeword.embedder import Frames
from labbench.wakeword.landmarks import Landmark


@dataclass(frozen=True)
class Watch:
    """Every hop is measured against these takes as well, and with `frames` its frames are told; none: no more.

    What a frame brings of it carries the same `number`. It costs time in each hop: only while somebody looks.
    """

    number: int
    landmarks: tuple[Landmark, ...] = ()
    frames: bool = False


@dataclass(frozen=True)
class Examine:
    """Frames of a window of sound (16 kHz, the newest two seconds of it); answered by `Examined`, the same ticket."""

    ticket: int
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Examined:
    """`frames` of a window, shape [frames, dimensions], each `frame` samples long."""

    ticket: int
    frames: Frames
    frame: int
