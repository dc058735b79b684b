"""The tour does what it should, with real models and real sound, and draws every state."""

import json

import pytest

from labbench.measure.tour import run


@pytest.mark.slow
def test_every_step_does_what_it_should(tmp_path, qapp):
    said: list[str] = []
    assert run(tmp_path, said.append) == 0, said
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    pictures = sorted(path.name for path in tmp_path.glob("*.png"))
    assert report["ok"] and len(report["steps"]) == len(pictures) >= 12
    assert all(step["ok"] for step in report["steps"])
