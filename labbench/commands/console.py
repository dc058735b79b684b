"""What the commands write: results on standard output, sentences on standard error, one running line on a terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken

FAILED = 2
INTERRUPTED = 130
"""Exit statuses: as argparse's for wrong usage, and as a shell's for Ctrl-C."""

_SHOW_EVERY_SECONDS = 0.1


def use_utf8() -> None:
    """Results are UTF-8 everywhere, also in a Windows console or pipe, and no character can make a write fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def out(text: str) -> None:
    """A result, as it is. Where standard output was closed from the start there is nobody to read it."""
    if sys.stdout is not None:
        with _written():
            sys.stdout.write(text)


@contextlib.contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        reader_left()
        raise
    except OSError as error:
        reader_left()
        raise LabBenchError("The result could not be written.", f"{error.strerror or error}.") from error


def tell(sentence: str) -> None:
    """One line for people."""
    if sys.stderr is not None:
        sys.stderr.write(f"{one_line(sentence)}\n")
        sys.stderr.flush()


def complain(error: LabBenchError) -> None:
    """An expected failure, in one line whatever the file that it names is called."""
    tell(f"labbench: {error}")


def one_line(text: str) -> str:
    """Without line ends and control characters, which names of files may contain."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def flush_results() -> None:
    """Hand results to whoever reads them now, so that a reader who has left is noticed here and not at the exit."""
    if sys.stdout is not None:
        with _written():
            sys.stdout.flush()


def reader_left() -> None:
    """Standard output leads nowhere any more: let Python's own flush at the exit succeed."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class StatusLine:
    """One line that is written over and over, only where standard error is a terminal."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._on = sys.stderr is not None and sys.stderr.isatty()
        self._clock = clock
        self._next = clock()
        self._width = 0

    def show(self, text: str) -> None:
        """Replace the line, at most ten times a second."""
        now = self._clock()
        if not self._on or now < self._next:
            return
        self._next = now + _SHOW_EVERY_SECONDS
        text = one_line(text)[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Make room for a sentence or a result."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0


@contextlib.contextmanager
def ctrl_c_cancels() -> Iterator[CancelToken]:
    """While entered, the first Ctrl-C cancels the token, so that work ends in good order; the second one interrupts."""
    token = CancelToken()

    def handle(number: int, frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT)
    if not in_main or before is signal.SIG_IGN or before is None:
        yield token
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, before)
