"""One big file from the network to the disk: it can be cancelled, resumed and trusted.

Beside the target lie, while it is fetched, `NAME.part` (what is here so far), `NAME.part.etag` (the server's
name for that version) and `NAME.lock`. The target's own name appears only once the checksum was right.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labbench.core.errors import LabBenchError
from labbench.core.file_lock import Held, exclusive
from labbench.core.progress import CancelToken, OnProgress, ignore_progress
from labbench.models.cancelling import cancellable, cut_on_cancel
from labbench.models.connection import (
    INSTEAD,
    Opener,
    check_url,
    connect_error,
    content_range,
    open_url,
    status_error,
)
from labbench.models.partial_files import ETAG, PART, beside
from labbench.models.rate_meter import RateMeter, size_text
from labbench.models.weights import file_blocks, verify

TIMEOUT = 20.0
"""Seconds without a byte after which a connection counts as lost."""
_BLOCK = 1 << 18
_GOES_ON = "Try again: it goes on where it stopped."


class WrongSizeError(LabBenchError):
    """A server has a file of another length than is wanted; nothing of it was fetched."""


def free_bytes(folder: Path) -> int:
    """The free space, in bytes, of the disk that holds the folder."""
    return shutil.disk_usage(folder).free


def download(
    url: str,
    target: Path,
    sha256: str,
    *,
    size_bytes: int | None = None,
    plain_http: bool = False,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    opener: Opener | None = None,
    free_space: Callable[[Path], int] = free_bytes,
    clock: Callable[[], float] = time.monotonic,
) -> Path:
    """Fetch `url` into `target` and return it; a target whose SHA-256 is right already costs no request.

    Blocks, so it belongs in a job's thread. `on_progress` gets bytes, with the rate and the time left as its
    note, at most ten times a second. Where `size_bytes` is given, a file of another size is not fetched, and of an
    answer without end no more. `plain_http` is for a server that the user named: the checksum tells whether others
    changed the file. `opener`, `free_space` (bytes) and `clock` (seconds) can be replaced.

    Raises `Cancelled`, or LabBenchError: no connection, an answer other than the file, a connection cut
    midway, a full or protected disk, a wrong checksum, or the same file being fetched by another process.
    What has arrived is kept for the next time, unless its checksum is wrong.
    """
    if not plain_http or not url.lower().startswith("http://"):
        check_url(url)
    stop = cancel or CancelToken()
    with disk_errors(target):
        before = _stamp(target)
        if before and verify(target, sha256, on_progress, stop):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(beside(target, ".lock")):
            # Another process may have finished it between the look above and the lock.
            if _stamp(target) == before or not verify(target, sha256, on_progress, stop):
                how = (on_progress, stop, opener or open_url, free_space, clock)
                job = _Transfer(url, target, sha256, size_bytes, *how)
                job.run()
    return target


@dataclass
class _Transfer:
    url: str
    target: Path
    sha256: str
    size_bytes: int | None
    on_progress: OnProgress
    cancel: CancelToken
    opener: Opener
    free_space: Callable[[Path], int]
    clock: Callable[[], float]
    digest: Any = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self.part = beside(self.target, PART)
        self.etag = beside(self.target, ETAG)

    def run(self) -> None:
        have = self._hash_part()
        if not have or not self._is_right():
            with closing(self._ask(have)) as response, cut_on_cancel(response, self.cancel):
                self._receive(response, have if response.status == http.HTTPStatus.PARTIAL_CONTENT else 0)
        if not self._is_right():
            self.part.unlink()
            self.etag.unlink(missing_ok=True)
            raise LabBenchError(f"{self.target.name} arrived damaged (its checksum is wrong) and was deleted.", INSTEAD)
        self.part.replace(self.target)
        self.etag.unlink(missing_ok=True)

    def _is_right(self) -> bool:
        return bool(self.digest.hexdigest() == self.sha256.lower())

    def _saved_etag(self) -> str:
        with suppress(OSError, UnicodeDecodeError):
            saved = self.etag.read_text("ascii")
            # Only a strong tag promises equal bytes (RFC 9110, section 8.8.3).
            return saved if re.fullmatch(r'"[!#-~]*"', saved) else ""
        return ""

    def _hash_part(self) -> int:
        """Take up what is here of a known version: its length in bytes, with its content in the digest."""
        have = 0
        if self.part.is_file() and self._saved_etag():
            for block in file_blocks(self.part, self.on_progress, self.cancel):
                self.digest.update(block)
                have += len(block)
        return have

    def _ask(self, have: int) -> http.client.HTTPResponse:
        """The file from byte `have` on (status 206), or all of it where the server cannot go on (200)."""
        self.cancel.check()
        headers = {"User-Agent": "labbench", "Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self._saved_etag()}
        request = urllib.request.Request(self.url, headers=headers)  # noqa: S310 - checked by check_url
        try:
            response = cancellable(lambda: self.opener(request, TIMEOUT), self.cancel, lambda late: late.close())
        except urllib.error.HTTPError as error:
            error.close()
            if have and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return self._ask(0)
            raise status_error(error.code, self.url) from error
        except (OSError, http.client.HTTPException) as error:
            raise connect_error(error, self.url) from error
        if response.status == http.HTTPStatus.OK:
            return response
        if have and response.status == http.HTTPStatus.PARTIAL_CONTENT:
            first, _ = content_range(response)
            if first == have and response.headers.get("ETag", "") in ("", self._saved_etag()):
                return response
            response.close()
            return self._ask(0)
        response.close()
        raise status_error(response.status, self.url)

    def _receive(self, response: http.client.HTTPResponse, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        # A partial answer may be shorter than what was asked for: its own length is not the file's.
        _, total = content_range(response) if start else (0, int(length) if length.isdecimal() else None)
        self._check_size(total)
        total = self.size_bytes if total is None else total
        self._check_space(total)
        with self.part.open("r+b" if start else "wb", buffering=0) as file:
            if not start:
                # Emptied first, named second: a crash in between must not give old bytes a new name.
                self.digest = hashlib.sha256()
                self.etag.write_text(response.headers.get("ETag", ""), "ascii", "replace")
            file.seek(start)
            done, meter = start, RateMeter(self.clock, self.on_progress)
            meter.report(done, total)
            while total is None or done < total:
                self.cancel.check()
                block = self._read(response, done, total)
                if not block:
                    break
                _write(file.fileno(), block)
                self.digest.update(block)
                done += len(block)
                meter.report(done, total)
            os.fsync(file.fileno())
        if total is not None and done < total:
            raise self._cut_error(done, total)

    def _read(self, response: http.client.HTTPResponse, done: int, total: int | None) -> bytes:
        try:
            block = response.read1(_BLOCK if total is None else min(_BLOCK, total - done))
            self.cancel.check()  # which ends the connection: that is no end of the file
            return block
        except (OSError, http.client.HTTPException) as error:
            self.cancel.check()
            raise self._cut_error(done, total) from error

    def _cut_error(self, done: int, total: int | None) -> LabBenchError:
        here = size_text(done) if total is None else f"{size_text(done)} of {size_text(total)}"
        again = _GOES_ON if self._saved_etag() else "Try again: this server makes it start from the beginning."
        return LabBenchError(f"The connection broke off; {here} are here.", again)

    def _check_size(self, total: int | None) -> None:
        if self.size_bytes is not None and total is not None and total != self.size_bytes:
            self.part.unlink(missing_ok=True)
            self.etag.unlink(missing_ok=True)
            raise WrongSizeError(f"The server has another file under the name {self.target.name}.", INSTEAD)

    def _check_space(self, total: int | None) -> None:
        # What lies there already is either kept or freed by the restart: it counts for us both times.
        need = (total or 0) - (self.part.stat().st_size if self.part.exists() else 0)
        free = self.free_space(self.target.parent)
        if need > free:
            sizes = f"{size_text(need)} more on this disk, and {size_text(free)} are free"
            raise LabBenchError(f"{self.target.name} needs {sizes}.", "Make room there and try again.")


@contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Errors of the disk as sentences; those of the network never get here."""
    try:
        yield
    except Held as error:
        raise LabBenchError(
            f"{target.name} is being downloaded by another window already.", "Wait until it is done there."
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise LabBenchError(
                f"The disk is full; {target.name} is not complete.", f"Make room. {_GOES_ON}"
            ) from error
        why = f"{target.name} cannot be written in {target.parent}: {error.strerror or error}."
        hint = "Choose another folder, or close other programs that use the file."
        raise LabBenchError(why, hint) from error


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What tells one version of a file from the next; None where there is no file."""
    if not path.exists():
        return None
    info = path.stat()
    return info.st_ino, info.st_size, info.st_mtime_ns


def _write(fd: int, block: bytes) -> None:
    # Unbuffered, so that a full disk is noticed here and not again when the file is closed.
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(fd, rest) :]
