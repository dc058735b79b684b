"""A lock that lets one installation at a time work on a folder.

The operating system holds it, so it goes with the process that took it and can never be stale.
"""

import contextlib
import errno
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from bootstrap_common import say

NAME = "labbench.lock"
BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


def try_lock(file: IO[bytes]) -> bool:
    """Take the lock, or return False because another process has it.

    File systems without locks count as unlocked: most people start one installation only.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in BUSY
    return True


@contextlib.contextmanager
def held(
    folder: Path, take: Callable[[IO[bytes]], bool] = try_lock, pause: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the lock of `folder`, waiting for another installation where there is one."""
    with (folder / NAME).open("ab") as file:
        file.seek(0)  # Windows locks a byte at the file's position, which must be the same for all
        if not take(file):
            say("Another installation is at work here; waiting for it (Ctrl-C stops waiting).")
            while not take(file):
                pause(0.2)
        yield
