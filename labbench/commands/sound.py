"""Where a command's sound comes from: a file read whole, or a source as the user names it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, ignore_progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labbench.audio.source import SourceSpec

SOURCE_HELP = (
    "a sound file, played as if it were a microphone, or the name (or part of it) of an input device; "
    "device means the system's default one"
)
_LOOKS_LIKE_A_FILE = re.compile(r"[/\\]|\.[A-Za-z][A-Za-z0-9]{1,4}$")


def read_sound(
    path: Path,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    channel: int | None = None,
) -> tuple[NDArray[np.float32], LabBenchError | None]:
    """A file at the models' rate, and what is wrong with it where only a part could be read.

    Its `channel`, counted from 1, or all of them mixed. Raises LabBenchError, Cancelled.
    """
    from labbench.audio.files import read_clip

    clip = read_clip(path, on_progress, cancel, None if channel is None else channel - 1)
    damage = LabBenchError(clip.note, "Copy it again from where it came.") if clip.note else None
    return clip.for_models(), damage


def add_channel(parser: argparse.ArgumentParser) -> None:
    """The option that `read_sound` takes as `channel`."""
    parser.add_argument("--channel", metavar="N", type=_counted, help="hear only this channel; without it, all mixed")


def add_language(parser: argparse.ArgumentParser) -> None:
    """The option that `language_code` reads."""
    says = "a name or a code, such as German, de or pt-BR; without it, the model decides"
    parser.add_argument("--language", metavar="CODE", help=says)


def _counted(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("channels are counted from 1")
    return int(text)


def source_spec(text: str) -> SourceSpec:
    """What `--source` names. Something that looks like a file is one, so that a missing file is said to be missing."""
    from labbench.audio.source import DeviceSpec, FileSpec

    path = Path(text)
    if path.exists() or _LOOKS_LIKE_A_FILE.search(text):
        return FileSpec(path, path.name)
    return DeviceSpec(None if text == "device" else text)
