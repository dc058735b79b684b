"""A process of its own for one task: torch stays out of the window's, and what a hostile file does there ends with it.

A task is a top-level function `task(*args, on_progress, cancel)` whose arguments can be pickled. Both sides of the pipe
are this program; nothing that is unpickled here comes from a file.
"""

from __future__ import annotations

import errno
import multiprocessing
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.models.conversion.checkpoint import part_of
from labbench.models.conversion.foreign import convert
from labbench.models.host import step_back

_TICK_SECONDS = 0.05


@dataclass(frozen=True)
class _Done:
    """The task is through."""


@dataclass(frozen=True)
class _Failed:
    """`error` is what is to be raised; `details`, set for a defect alone, its traceback."""

    error: Exception
    details: str = ""


def convert_apart(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    """`convert` in a process of its own; a cancel ends it at once, and nothing is left behind. Raises as that does."""
    try:
        run_apart(convert, source, target, on_progress=on_progress, cancel=cancel)
    finally:
        with suppress(OSError):
            part_of(target).unlink(missing_ok=True)


def run_apart(task: Callable[..., object], *args: Any, on_progress: OnProgress, cancel: CancelToken) -> None:
    """Carry out `task` in a spawned process, which is gone when this returns.

    Blocks. A cancel ends the process in the middle: whoever calls removes what it has left. Raises Cancelled,
    LabBenchError as the task does, or where the process dies; RuntimeError for a defect of the task.
    """
    cancel.check()
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(far, task, args), name="labbench conversion", daemon=True)
    try:
        _start(process, far)
        reply = _last_reply(near, on_progress, cancel)
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        process.close()
        near.close()
    if isinstance(reply, _Failed):
        raise RuntimeError(f"{reply.error}\n{reply.details}") if reply.details else reply.error


def _start(process: BaseProcess, far: Connection) -> None:
    try:
        process.start()
    except OSError as error:
        raise LabBenchError(
            "The process that reads weights could not be started.", "Close other programs and try again."
        ) from error
    finally:
        far.close()


def _last_reply(near: Connection, on_progress: OnProgress, cancel: CancelToken) -> _Done | _Failed:
    while True:
        cancel.check()
        try:
            reply: _Done | _Failed | Progress | None = near.recv() if near.poll(_TICK_SECONDS) else None
        except (EOFError, OSError):
            raise LabBenchError(
                "The part of the program that reads weights ended unexpectedly.",
                "Close other programs, in case the memory was too small, and try again; or choose another file.",
            ) from None
        if isinstance(reply, Progress):
            on_progress(reply)
        elif reply is not None:
            return reply


def _main(far: Connection, task: Callable[..., object], args: tuple[Any, ...]) -> None:
    """Entry of the spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches every process; the near side decides
    step_back()
    reply: _Done | _Failed = _Done()
    try:
        task(*args, on_progress=far.send, cancel=CancelToken())
    except LabBenchError as error:
        reply = _Failed(error)
    except MemoryError:
        reply = _Failed(LabBenchError("There was not enough memory for this.", "Close other programs and try again."))
    except ModuleNotFoundError:
        reply = _Failed(LabBenchError("PyTorch is not there, and Whisper needs it.", "Install the program again."))
    except OSError as error:
        reply = _Failed(_disk_error(error))
    except Exception as error:  # noqa: BLE001 - a defect, told with its details
        reply = _Failed(RuntimeError(f"{type(error).__name__}: {error}"), traceback.format_exc())
    with suppress(OSError):  # the other side is gone
        far.send(reply)


def _disk_error(error: OSError) -> LabBenchError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LabBenchError("The disk is full.", "Make room there and try again.")
    name = Path(error.filename).name if isinstance(error.filename, str) else "The weights"
    why = error.strerror or str(error)
    return LabBenchError(f"{name} can't be read or written: {why}.", "Check the disk and the folder's permissions.")
