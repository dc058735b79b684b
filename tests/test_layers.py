"""The architecture, read from the source: who imports whom, and what must not be imported at all."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "labbench"
LEVELS = (
    ("core",),
    ("signal",),
    ("audio", "wakeword", "transcript"),
    ("models", "session"),
    ("live",),
    ("jobs",),
    ("ui",),
    ("app",),
    ("measure", "testing"),
    ("commands",),
    ("cli",),
)
LEVEL = {room: number for number, rooms in enumerate(LEVELS) for room in rooms}
MODULES = sorted(PACKAGE.rglob("*.py"))
QT = {"PySide6", "shiboken6", "pyqtgraph"}
TORCH = {"torch", "whisper"}
WITH_TORCH = {
    f"labbench/models/{module}.py"
    for module in (
        "decoding_threads",
        "whisper_checkpoint",
        "whisper_encodings",
        "whisper_engine",
        "whisper_linear",
        "whisper_live",
        "whisper_network",
        "whisper_package",
        "whisper_search",
        "whisper_sound",
        "whisper_timing",
        "whisper_windows",
    )
}
"""Imported by the host process alone, once it loads Whisper."""
POSIX_ONLY = {"fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"}


def imports(tree: ast.AST, *, deep: bool = True) -> Iterator[str]:
    """Full names of what a module imports; only what runs when it is imported itself, unless `deep`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif deep or not (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _guarded(node)):
            yield from imports(node, deep=deep)


def _guarded(node: ast.AST) -> bool:
    """Whether what is in it is only for the type checker, or for one system."""
    return isinstance(node, ast.If) and (
        "TYPE_CHECKING" in ast.unparse(node.test) or "platform" in ast.unparse(node.test)
    )


def room_of(path: Path) -> str:
    """`core`, `signal`, ...: the first part of a module's place in the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def breaches(room: str, source: str) -> list[str]:
    """Imports of `source` that a module of `room` may not have."""
    found = []
    for name in imports(ast.parse(source)):
        parts = name.split(".")
        other = parts[1] if parts[0] == "labbench" and len(parts) > 1 else None
        if other in LEVEL and other != room and LEVEL[other] >= LEVEL[room]:
            found.append(name)
        if parts[0] in QT and LEVEL[room] < LEVEL["jobs"]:
            found.append(name)
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def offenders(found: dict[str, list[str]]) -> str:
    """A line for each file in which anything was found."""
    return "\n".join(f"{file}: {', '.join(what)}" for file, what in found.items() if what)


def test_every_module_is_in_a_room_of_the_plan() -> None:
    assert len(MODULES) > 40
    assert {room_of(path) for path in MODULES} - set(LEVEL) <= {"__init__", "__main__"}


def test_imports_run_one_way() -> None:
    found = {name(path): breaches(room_of(path), path.read_text("utf-8")) for path in MODULES if room_of(path) in LEVEL}
    assert not offenders(found), offenders(found)


@pytest.mark.parametrize(
    ("room", "source", "breach"),
    [
        ("signal", "from labbench.core.errors import LabBenchError", False),
        ("signal", "from labbench.audio.ring import SharedRing", True),
        ("audio", "def f():\n    import labbench.transcript.types", True),
        ("audio", "from labbench import wakeword", True),
        ("models", "from labbench.session import store", True),
        ("live", "from labbench.models import hosting", False),
        ("live", "from PySide6.QtCore import QObject", True),
        ("live", "import pyqtgraph", True),
        ("jobs", "from PySide6.QtCore import QObject", False),
        ("jobs", "import labbench.app", True),
        ("measure", "import labbench.testing.pages", True),
    ],
)
def test_a_breach_is_seen(room: str, source: str, breach: bool) -> None:
    assert bool(breaches(room, source)) is breach


def test_heavy_and_foreign_imports_are_late() -> None:
    found = {}
    for path in MODULES:
        on_import = {one.partition(".")[0] for one in imports(ast.parse(path.read_text("utf-8")), deep=False)}
        forbidden = POSIX_ONLY if name(path) in WITH_TORCH else POSIX_ONLY | TORCH
        found[name(path)] = sorted(on_import & forbidden)
    assert not offenders(found), offenders(found)


def test_nothing_sleeps_or_turns_the_event_loop() -> None:
    """Wait on a signal or a condition instead."""
    found = {
        name(path): re.findall(r"\b(?:sleep|processEvents)\(", path.read_text("utf-8"))
        for path in [*MODULES, *ROOT.joinpath("tests").rglob("*.py")]
    }
    assert not offenders(found), offenders(found)


HEAVY = ("torch", "whisper", "numba", "onnxruntime", "moonshine_voice", "sounddevice")


@pytest.mark.parametrize(
    "module",
    ["labbench.app", "labbench.ui.main_window", "labbench.cli", "labbench.live.ear_process", "labbench.models.hosting"],
)
def test_starting_is_light(module: str) -> None:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    if not path.with_suffix(".py").exists() and not (path / "__init__.py").exists():
        pytest.skip(f"{module} is not there")
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_modules_of_tests_have_names_of_their_own() -> None:
    """They are imported by name alone: of two that are called alike only one could be collected."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
