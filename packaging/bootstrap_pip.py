"""pip in the virtual environment, its output condensed to one line for each package."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from bootstrap_common import Shell, StartError, say

FETCHED = re.compile(r"^\s*(?:Downloading|Using cached|Processing) (\S+)(?: \(([^)]*)\))?")
BUILDING = re.compile(r"^\s*Building (?:editable|wheel) for (\S+) .*: started")
FILE = re.compile(r"^(?P<name>[A-Za-z0-9_.]+)-(?P<version>\d[^-]*)(?:-.*\.whl|\.tar\.gz|\.zip)$")
OFFLINE = re.compile(
    r"name resolution|NameResolutionError|NewConnectionError|Network is unreachable|ConnectTimeout"
    r"|Read ?timed out|getaddrinfo failed|Could not fetch URL"
    r"|Connection(?:Reset)?Error|ProxyError|SSLError|No route to host",
    re.IGNORECASE,
)
FULL = re.compile(r"No space left on device|not enough space|Errno 28|Disk quota exceeded", re.IGNORECASE)
NOISE = re.compile(r"^WARNING: Location .* is ignored")
SILENCE = 20.0


def condense(line: str) -> str:
    """Return what a person should see of a line of pip's output: mostly nothing."""
    if match := BUILDING.match(line):
        return f"      {match[1]}: building"
    if line.startswith("Installing collected packages: "):
        count = line.count(",") + 1
        return f"      unpacking {count} package{'s' if count > 1 else ''}"
    match = FETCHED.match(line)
    file = FILE.match(re.split(r"[\\/]", match[1])[-1]) if match else None
    if not match or not file:
        return ""
    size = f" ({match[2]})" if match[2] else ""
    return f"      {file['name']} {file['version']}{size}"


def reason(output: Sequence[str]) -> str:
    """Return one sentence that says why pip failed and what to do."""
    text = "\n".join(output)
    if FULL.search(text):
        return "The disk is full: make room (about 2 GB), then run this again."
    if OFFLINE.search(text):
        return "The packages could not be downloaded: check the network connection, then run this again."
    return "pip could not install the packages; these are its last lines. Running this again goes on from here."


class Heartbeat:
    """Says after every `SILENCE` seconds without news that work goes on: a large download shows none."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def news(self) -> None:
        self._last = time.monotonic()

    def _beat(self) -> None:
        begin = time.monotonic()
        while not self._stop.wait(1.0):
            if time.monotonic() - self._last >= SILENCE:
                say(f"      ... still at work ({time.monotonic() - begin:.0f} s)")
                self.news()

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


class Pip:
    """Installs into one virtual environment, always within the project's pinned versions."""

    def __init__(self, shell: Shell, python: str, constraints: Path, out: Callable[[str], None] = say) -> None:
        self._shell, self._python, self._constraints, self._out = shell, python, constraints, out
        shell.environ["PIP_USER"] = "0"  # `user = true` in somebody's pip.conf fails in a virtual environment

    def install(self, *arguments: str) -> None:
        """Run ``pip install`` with `arguments`.

        Raises StartError with one sentence and pip's last lines.
        """
        command = [self._python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        command += ["--progress-bar", "off", "-c", str(self._constraints), *arguments]
        output: deque[str] = deque(maxlen=200)
        shown: set[str] = set()
        with Heartbeat() as heartbeat:

            def on_line(line: str) -> None:
                output.append(line)
                short = condense(line)
                if short and short not in shown:
                    shown.add(short)
                    heartbeat.news()
                    self._out(short)

            status = self._shell.run(command, on_line)
        if status:
            lines = [line for line in output if line.strip() and not NOISE.match(line)]
            raise StartError(reason(lines), lines[-12:])
