"""A lock file that never gets stale: the system lets go of it when the process that holds it dies."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Held(Exception):  # noqa: N818 - a state, not a failure
    """Somebody else holds the lock."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold `path` against every other process and thread; the file is gone afterwards.

    Does not wait: raises `Held` where it is taken. Raises OSError where the folder cannot be written or its
    file system knows no locks. A file left by a process that died is simply taken over.
    """
    fd = _open_and_lock(path)
    try:
        yield
    finally:
        # POSIX: removed while held, so that nobody locks a name about to go. Windows refuses that, and
        # refuses to remove a file that somebody else has opened, so removing it after closing is safe there.
        with suppress(OSError):
            path.unlink()
        os.close(fd)
        if sys.platform == "win32":
            with suppress(OSError):
                path.unlink()


def _open_and_lock(path: Path) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _try_lock(fd)
            # The holder before us may have removed the file between our opening and our locking it.
            if path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        except FileNotFoundError:
            pass
        except OSError as error:
            os.close(fd)
            if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                raise Held from error
            raise
        os.close(fd)
