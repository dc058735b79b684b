"""The conversion of weights in a process of its own: torch stays out of this one, and a cancel ends it at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models.connection import INSTEAD
from labbench.models.pip_download import NO_WINDOW

_LINE_BYTES = 1 << 16


def convert(model_bin: Path, config: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    """Make openai-whisper's `.pt` at `target` of a `model.bin` and its `config.json`. Progress in bytes.

    Blocks. Raises Cancelled; FormatError where it is no Whisper; LabBenchError.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labbench.models.convert_main", str(model_bin), str(config), str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=NO_WINDOW,
    )
    assert process.stdout is not None
    failure: LabBenchError | None = None
    with process:
        try:
            with cancel.telling(process.kill):
                while line := process.stdout.readline(_LINE_BYTES):
                    failure = _heard(line, on_progress) or failure
        finally:
            if process.poll() is None and (failure is not None or cancel.cancelled):
                process.kill()
    cancel.check()
    if failure is not None:
        raise failure
    if process.returncode:
        raise LabBenchError(f"{target.name} could not be converted: the process ended early.", INSTEAD)


def _heard(line: bytes, on_progress: OnProgress) -> LabBenchError | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None  # something that a library prints
    if isinstance(told, dict):
        return FormatError(str(told.get("message", "")), str(told.get("hint", "")))
    if isinstance(told, list) and len(told) == 2:
        on_progress(Progress(told[0], told[1], "bytes"))
    return None
