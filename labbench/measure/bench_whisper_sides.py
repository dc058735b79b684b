"""Who takes turns: this program's engine in its host process, and others in processes that answer lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, ignore_progress
from labbench.measure import peer_whisper
from labbench.measure.bench_whisper_material import Clip
from labbench.models.hosting import EngineHost
from labbench.transcript.engine import Options

LIMIT_SECONDS = 1800.0
"""A process that has not answered by then is ended."""
_OURS_ALONE = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OPENBLAS_NUM_THREADS")
"""What this program sets for its own processes must not slow others down."""


@dataclass(frozen=True)
class Reading:
    """What one side made of a clip, and how long that took."""

    seconds: float
    text: str


class Side(Protocol):
    """Somebody who transcribes."""

    def read(self, clip: Clip, *, word_times: bool = True) -> Reading:
        """Blocks. Raises LabBenchError."""
        ...


@dataclass(frozen=True)
class OurSide:
    """This program's engine, as it is used: asked from outside its process, which counts too."""

    host: EngineHost
    options: Options = Options()  # noqa: RUF009 - frozen

    def read(self, clip: Clip, *, word_times: bool = True) -> Reading:
        options = replace(self.options, word_times=word_times)
        began = time.perf_counter()
        found = self.host.transcribe(clip.samples, options, ignore_progress, CancelToken())
        return Reading(time.perf_counter() - began, found.text)


class OtherSide:
    """Another program's process; see `peer_whisper` for what is asked and answered. To be left as a context."""

    def __init__(self, command: Sequence[str], limit_seconds: float = LIMIT_SECONDS) -> None:
        """Starts it and waits until it is ready. Raises LabBenchError."""
        self._title = Path(command[0]).name
        self._limit = limit_seconds
        self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            self._process = start(command, self._complaints)
        except LabBenchError:
            self._complaints.close()
            raise
        try:
            self._title = str(self._answer("name")["name"])
        except BaseException:
            self.close()
            raise

    @property
    def title(self) -> str:
        return self._title

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self, clip: Clip, *, word_times: bool = True) -> Reading:
        assert self._process.stdin is not None
        request = json.dumps({"sound": str(clip.path), "word_times": word_times})
        try:
            self._process.stdin.write(request + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it is gone; perhaps it said why
        answer = self._answer("seconds", "text")
        return Reading(float(answer["seconds"]), str(answer["text"]))

    def close(self) -> None:
        """End it; harmless when repeated."""
        self._process.kill()
        self._process.communicate()
        self._complaints.close()

    def __enter__(self) -> OtherSide:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _answer(self, *wanted: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        limit = threading.Timer(self._limit, self._process.kill)
        limit.start()
        try:
            line = self._process.stdout.readline()
        finally:
            limit.cancel()
            limit.join()
        try:
            answer = json.loads(line)
        except ValueError:
            raise LabBenchError(f"{self._title} did not answer.", self._last_words() or line.strip()) from None
        if not isinstance(answer, dict) or not set(wanted) <= set(answer):
            said = answer.get("error", line.strip()) if isinstance(answer, dict) else line.strip()
            raise LabBenchError(f"{self._title} can't be measured: {said}.", "See packaging/make_peer.py.")
        return answer

    def _last_words(self) -> str:
        self._process.wait(self._limit)
        self._complaints.seek(0)
        return "".join(self._complaints.read().strip().splitlines()[-1:])


def start(command: Sequence[str], complaints: Any) -> subprocess.Popen[str]:
    """Another program, with pipes. Raises LabBenchError where there is none of that name."""
    try:
        return subprocess.Popen(
            command,
            env=others_environment(own_environment(os.environ)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise LabBenchError(
            f"{command[0]} can't be started: {error.strerror}.", "Give a Python interpreter."
        ) from error


def others_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is measured against this program; it is not to ask the network for weights."""
    return {name: value for name, value in env.items() if name not in _OURS_ALONE} | {"HF_HUB_OFFLINE": "1"}


def own_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Of a process that runs this program's code, wherever that lies."""
    places = [str(paths.PACKAGE.parent), env.get("PYTHONPATH", "")]
    return dict(env) | {"PYTHONPATH": os.pathsep.join(filter(None, places))}


def peer_command(python: str, program: str = "faster-whisper") -> list[str]:
    """How faster-whisper or openai-whisper is started by an interpreter that has it; model and cores follow."""
    return [python, "-I", peer_whisper.__file__, program]


def own_command(checkpoint: Path, clip: Clip) -> list[str]:
    """How somebody transcribes a clip with this program."""
    return [sys.executable, "-m", "labbench", "transcribe", str(clip.path), "--engine", f"whisper:{checkpoint}"]


def seconds_of_process(command: Sequence[str], env: Mapping[str, str]) -> float:
    """How long a whole process takes that writes a text. Raises LabBenchError where it writes none."""
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabBenchError(f"{command[0]} could not be run: {error}.") from error
    seconds = time.perf_counter() - began
    if done.returncode or not done.stdout.strip():
        raise LabBenchError(f"{Path(command[0]).name} wrote no text.", "".join(done.stderr.strip().splitlines()[-1:]))
    return seconds


def in_turns(sides: Sequence[Callable[[], float]], rounds: int) -> list[tuple[float, ...]]:
    """What each side needs in each round, in the order of `sides`. Every second round goes backwards: whoever comes
    first finds the machine as somebody else left it."""
    found = []
    for number in range(rounds):
        order = list(range(len(sides)))[:: -1 if number % 2 else 1]
        taken = {at: sides[at]() for at in order}
        found.append(tuple(taken[at] for at in range(len(sides))))
    return found
