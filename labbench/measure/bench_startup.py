"""How long the program takes until it is seen, and what it weighs then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.measure.figures import median

RUNS = 5
TIME_LIMIT_SECONDS = 120.0
"""A program that has not painted by then is ended."""
_QUIET_SECONDS = 0.5
_QUIET_CPU_SECONDS = 0.05
_MOST_LOOKS = 60
_MB = 1e6


@dataclass(frozen=True)
class Start:
    """One start: seconds to the first paint, then resident memory in MB; `all_pss_mb` only where Linux tells."""

    first_paint_s: float
    window_mb: float
    all_mb: float
    all_pss_mb: float | None


def measure(runs: int = RUNS, warm_up: int = 1) -> dict[str, Any]:
    """Medians of `runs` starts after `warm_up` ones that are not counted. Raises LabBenchError."""
    with tempfile.TemporaryDirectory(prefix="labbench-bench-") as home:
        starts = [_start(Path(home)) for _ in range(warm_up + runs)][warm_up:]
    figures: dict[str, Any] = {
        "first_paint_s": median([start.first_paint_s for start in starts]),
        "window_mb": median([start.window_mb for start in starts]),
        "all_mb": median([start.all_mb for start in starts]),
    }
    pss = [start.all_pss_mb for start in starts if start.all_pss_mb is not None]
    if pss:
        figures["all_pss_mb"] = median(pss)
    return figures | {"runs": runs}


def display_env(env: Mapping[str, str]) -> dict[str, str]:
    """`env`, with Qt's offscreen platform where an X11 or Wayland system has no display."""
    if sys.platform in ("win32", "darwin") or any(env.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return dict(env)
    return {"QT_QPA_PLATFORM": "offscreen", **env}


def _start(home: Path) -> Start:
    env = display_env(os.environ) | {"LABBENCH_HOME": str(home)}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(paths.PACKAGE.parent), env.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "labbench.measure.bench_startup_child"]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        began = time.time()
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        limit = threading.Timer(TIME_LIMIT_SECONDS, process.kill)
        limit.start()
        try:
            with process:  # leaving it closes the pipes, at which the program ends
                return _watch(process, began, complaints)
        finally:
            limit.cancel()


def _watch(process: subprocess.Popen[str], began: float, complaints: IO[str]) -> Start:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        complaints.seek(0)
        last = complaints.read().strip().splitlines()[-1:]
        raise LabBenchError("The program did not start.", *last)
    told = json.loads(line)
    everything = _settled(psutil.Process(process.pid))
    pss = [_pss(one) for one in everything]
    return Start(
        first_paint_s=told["painted"] - began,
        window_mb=psutil.Process(told["pid"]).memory_info().rss / _MB,
        all_mb=sum(one.memory_info().rss for one in everything) / _MB,
        all_pss_mb=None if None in pss else sum(part for part in pss if part is not None) / _MB,
    )


def _settled(root: Any) -> list[Any]:
    """The process and all below it, once they are idle: what they import at their start is in."""
    pause = threading.Event()
    before = float("-inf")
    everything = [root]
    for _ in range(_MOST_LOOKS):
        everything = [root, *root.children(recursive=True)]
        used = sum(sum(one.cpu_times()[:2]) for one in everything)
        if used - before < _QUIET_CPU_SECONDS:
            break
        before = used
        pause.wait(_QUIET_SECONDS)
    return everything


def _pss(process: Any) -> int | None:
    """Proportional set size in bytes: a page that n processes share counts for 1/n."""
    full = process.memory_full_info() if sys.platform == "linux" else None
    return int(full.pss) if full is not None else None
