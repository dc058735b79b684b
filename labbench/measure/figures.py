"""What all measurements share: statistics, the machine that was measured, figures as a table."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, between two of them in proportion."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def rounded(value: Any) -> Any:
    """Floats to four decimals, also inside dictionaries: more would be noise."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def machine() -> dict[str, Any]:
    """What was measured on. `load_1min` is the number of processes that wanted to run lately, None on Windows."""
    load = os.getloadavg()[0] if sys.platform != "win32" else None
    return {
        "platform": platform.platform(),
        "cpu": cpu_model(),
        "cores": os.cpu_count() or 1,
        "python": platform.python_version(),
        "load_1min": load,
    }


def cpu_model() -> str:
    """The processor as its maker names it, where the system tells."""
    if sys.platform == "darwin":
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
        )
        found = asked.stdout.strip()
    else:
        found = _from_cpuinfo(Path("/proc/cpuinfo"))
    return found or platform.processor() or platform.machine()


def _from_cpuinfo(path: Path) -> str:
    if not path.exists():
        return ""
    for line in path.read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return ""


Row = tuple[str, str, str]
"""A label, a value and a unit."""


def row(label: str, value: float | None, unit: str, decimals: int) -> Row:
    """A figure as text; what could not be measured as a dash."""
    return label, "-" if value is None else f"{value:.{decimals}f}", unit


def table(rows: Sequence[Row]) -> str:
    """Labels to the left, values to the right, units after them."""
    labels = max(len(label) for label, _, _ in rows)
    values = max(len(value) for _, value, _ in rows)
    return "".join(f"{label:<{labels}}  {value:>{values}} {unit}".rstrip() + "\n" for label, value, unit in rows)


def machine_line(found: dict[str, Any]) -> str:
    """The machine in one line."""
    load = "" if found["load_1min"] is None else f", load {found['load_1min']:.1f}"
    return f"{found['platform']}, {found['cpu']}, {found['cores']} cores, Python {found['python']}{load}"
