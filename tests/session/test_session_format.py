"""The page on the format says what is on disk, and its example runs with pandas, numpy and the standard library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from session_samples import filled, scores

from labbench.core import paths
from labbench.session import note

PAGE = paths.assets() / "docs" / "session-format.md"


@pytest.fixture
def text() -> str:
    return PAGE.read_text("utf-8")


def test_the_example_runs_without_this_program(tmp_path: Path, text: str) -> None:
    filled(tmp_path / "s", 1)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", code, str(tmp_path / "s")],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PATH": "", "SYSTEMROOT": "C:\\Windows"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "labbench" not in code
    below = scores().distances.min(axis=0) < np.array(scores().thresholds)
    assert re.search(rf"café +{below[0]}\njarvis +{below[1]}", done.stdout)
    assert "0.30" in done.stdout and "0.987" in done.stdout
    assert "0.25 s, loudest 0." in done.stdout


def test_every_file_and_every_key_is_described(tmp_path: Path, text: str) -> None:
    session, _ = filled(tmp_path / "s", 1)
    assert f"This page describes version {note.VERSION}." in text

    def keys(inner: object) -> set[str]:
        if isinstance(inner, list):
            return set().union(*map(keys, inner)) if inner else set()
        return set(inner) | keys(list(inner.values())) if isinstance(inner, dict) else set()

    for path in session.folder.rglob("*.*"):
        assert path.relative_to(session.folder).as_posix() in text
        if path.suffix == ".json":
            content = json.loads(path.read_text("utf-8"))
            assert content["version"] == note.VERSION and content["format"] in text
            for key in keys(content):
                assert re.search(rf"[`\"]{key}[`\"]", text), f"{key} of {path.name}"
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                assert all(f"| `{name}` |" in text for name in arrays)
