"""One pinned wheel through pip, in a process of its own: with progress, cancelled at once, nothing installed.

pip is asked because it knows the user's index, proxy and certificates. Its own output goes into a file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.models.connection import INSTEAD
from labbench.models.package_sources import Wheel

NO_WINDOW = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
"""For a child process on Windows, which would flash a console."""
_TICK_SECONDS = 0.1
_ENDING_SECONDS = 3.0
_RESUMES = "20"
_LOG_BYTES = 1 << 16
_FULL = re.compile(r"No space left on device|not enough space|Errno 28|Disk quota exceeded", re.IGNORECASE)
_WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES", re.IGNORECASE)
_UNKNOWN = re.compile(r"No matching distribution|Could not find a version", re.IGNORECASE)
_OFFLINE = re.compile(
    r"name resolution|NameResolutionError|NewConnectionError|Network is unreachable|ConnectTimeout"
    r"|Read ?timed out|getaddrinfo failed|Could not fetch URL|Connection(?:Reset)?Error|ProxyError|SSLError"
    r"|No route to host|Connection broken",
    re.IGNORECASE,
)


def pip_download(wheel: Wheel, folder: Path, on_bytes: Callable[[int], None], cancel: CancelToken) -> Path:
    """Fetch the wheel into the empty folder and return it; `on_bytes` hears about ten times a second what is here.

    pip compares the wheel's SHA-256. Blocks. Raises Cancelled; LabBenchError with the reason; OSError of the disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    requirements, log = folder / "requirements.txt", folder / "pip.log"
    requirements.write_text(f"{wheel.requirement}\n", encoding="utf-8")
    with log.open("wb") as output, _running(_command(requirements, folder), _environment(folder), output) as process:
        while process.poll() is None:
            on_bytes(_arrived(folder, wheel))
            cancel.wait(_TICK_SECONDS)
            cancel.check()
    found = list(folder.glob("*.whl"))
    if process.returncode or len(found) != 1:
        cancel.check()  # Ctrl-C in a terminal reaches pip as well
        with log.open("rb") as file:
            raise LabBenchError(_reason(file.read(_LOG_BYTES).decode("utf-8", "replace"), wheel), INSTEAD)
    return found[0]


def _command(requirements: Path, folder: Path) -> list[str]:
    pip = [sys.executable, "-P", "-m", "pip", "download"]
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "3"]
    only = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(requirements), "-d", str(folder)]
    return [*pip, *quiet, *only]


def _environment(folder: Path) -> Mapping[str, str]:
    """What pip unpacks lies in the folder as well: it goes with it, and its growth is the progress.

    A pip of 2025 or later goes on where a connection broke off, if it is told how often; an older one doesn't look.
    """
    inside = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    return {"PIP_RESUME_RETRIES": _RESUMES, **os.environ, "PYTHONUTF8": "1", **inside}


@contextmanager
def _running(command: list[str], environ: Mapping[str, str], output: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended when it is left early."""
    process = subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        creationflags=NO_WINDOW,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def _arrived(folder: Path, wheel: Wheel) -> int:
    """How much of the wheel is here, in bytes: pip writes it elsewhere in the folder before it gets its place."""
    largest = 0
    for path in folder.rglob("*.whl"):
        with suppress(OSError):  # moved meanwhile
            largest = max(largest, path.stat().st_size)
    return min(largest, wheel.size_bytes)


def _reason(log: str, wheel: Wheel) -> str:
    """Why pip failed, in a sentence."""
    name = f"The package {wheel.package}"
    if _FULL.search(log):
        return f"{name} could not be downloaded: the disk is full."
    if _WRONG_HASH.search(log):
        return f"{name} arrived cut off or with a wrong checksum, and was deleted."
    if _OFFLINE.search(log):
        return f"{name} could not be downloaded: there is no connection to the package registry."
    if _UNKNOWN.search(log):
        return f"{name} is not in the package registry that pip uses."
    lines = [line for line in log.splitlines() if line.startswith("ERROR") or "No module named" in line]
    return f"{name} could not be downloaded. pip says: {lines[-1] if lines else 'nothing'}"
