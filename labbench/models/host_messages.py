"""What is said between the window and a host process: frozen dataclasses over a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labbench.core.progress import Progress
from labbench.models.pulse import Alive
from labbench.transcript.engine import EngineInfo, Options
from labbench.transcript.types import LiveText, Transcript

if TYPE_CHECKING:  # the near side starts a process before it needs numpy
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Transcribe:
    samples: NDArray[np.float32]
    options: Options
    stopped: Transcript | None = None


@dataclass(frozen=True)
class OpenStream:
    options: Options


@dataclass(frozen=True)
class Push:
    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Finish:
    pass


@dataclass(frozen=True)
class Cancel:
    """Stop what is running: that answers with `Stopped`, or as usual where this came too late."""


@dataclass(frozen=True)
class Quit:
    pass


Request = Transcribe | OpenStream | Push | Finish | Cancel | Quit


@dataclass(frozen=True)
class Loaded:
    info: EngineInfo


@dataclass(frozen=True)
class Failed:
    """A job, or loading, failed. `details` is set where that was not expected; with `ends` the process is gone."""

    message: str
    hint: str
    details: str = ""
    ends: bool = False


@dataclass(frozen=True)
class Stopped:
    """The job was cancelled."""


Reply = Loaded | Failed | Stopped | Progress | Alive | Transcript | LiveText
