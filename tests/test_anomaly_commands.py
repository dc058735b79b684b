"""Learn what is normal, find what is not, from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from labbench import cli
from labbench.session.anomaly_file import load_normal, save_normal

RATE = 8000
"""Another rate than the models': it is converted on the way."""


def machine(path: Path, seconds: float, seed: int, knocks: tuple[float, ...] = ()) -> Path:
    """A hum with noise, and knocks at these seconds."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = sum(0.05 * np.sin(2 * np.pi * 60 * number * time + number) for number in range(1, 9))
    sound = sound + rng.normal(0, 0.01, len(time))
    for at in knocks:
        first = round(at * RATE)
        sound[first : first + 800] += 0.5 * rng.normal(0, 1, 800) * np.exp(-np.arange(800) / 150)
    soundfile.write(path, sound, RATE)
    return path


def run(*words: object) -> int:
    return cli.main([str(word) for word in words])


def test_knocks_are_found_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    normal = tmp_path / "normal.npz"
    assert run("anomaly", "learn", machine(tmp_path / "a.wav", 60, 1), "--out", normal) == 0
    assert "Learnt from 1:00" in capsys.readouterr().err
    other = machine(tmp_path / "b.flac", 30, 2, (7.0, 21.5))
    assert run("anomaly", "score", other, "--model", normal, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["marks"]) == 2
    for mark, at in zip(found["marks"], (7.0, 21.5), strict=True):
        assert mark["start_s"] <= at + 0.1 <= mark["end_s"] and mark["score"] > found["threshold"]
    assert len(found["scores"]) == pytest.approx((30 - 1) / 0.2, abs=3)
    assert run("anomaly", "score", other, "--model", normal) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert run("anomaly", "score", machine(tmp_path / "c.wav", 20, 3), "--model", normal) == 0
    told = capsys.readouterr()
    assert told.out == "" and "Nothing stands out in c.wav." in told.err


def test_bad_input_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short, out = machine(tmp_path / "short.wav", 5, 1), tmp_path / "x.npz"
    assert run("anomaly", "learn", short, "--out", out) == 2
    assert "too short" in capsys.readouterr().err and not out.exists()
    assert run("anomaly", "score", short, "--model", short) == 2
    assert "damaged or" in capsys.readouterr().err
    assert run("anomaly", "score", tmp_path / "none.wav", "--model", out) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    with pytest.raises(SystemExit) as caught:
        run("anomaly", "score", short, "--model", out, "--per-hour", "0")
    assert caught.value.code == 2


def test_one_channel_of_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Knocks on the second channel: the first has none, and a channel that is not there is said."""
    calm, _ = soundfile.read(machine(tmp_path / "a.wav", 40, 1))
    other, _ = soundfile.read(machine(tmp_path / "b.wav", 40, 2, (20.0,)))
    soundfile.write(tmp_path / "both.wav", np.column_stack([calm, other]), RATE)
    normal = tmp_path / "normal.npz"
    assert run("anomaly", "learn", tmp_path / "both.wav", "--out", normal, "--channel", "1") == 0
    capsys.readouterr()
    marks = []
    for channel in ("1", "2"):
        assert run("anomaly", "score", tmp_path / "both.wav", "--model", normal, "--json", "--channel", channel) == 0
        marks.append(json.loads(capsys.readouterr().out)["marks"])
    assert marks[0] == [] and len(marks[1]) >= 1
    assert any(mark["start_s"] <= 20.1 <= mark["end_s"] for mark in marks[1])
    assert run("anomaly", "score", tmp_path / "both.wav", "--model", normal, "--channel", "3") == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_threshold_of_the_file_decides_unless_another_is_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / "normal.npz", machine(tmp_path / "b.wav", 30, 2, (7.0,))
    assert run("anomaly", "learn", machine(tmp_path / "a.wav", 60, 1), "--out", path) == 0
    learnt = load_normal(path)
    save_normal(path, replace(learnt, threshold=1e5))
    capsys.readouterr()
    assert run("anomaly", "score", other, "--model", path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["marks"] == [] and found["threshold"] == 1e5
    assert run("anomaly", "score", other, "--model", path, "--json", "--per-hour", "1") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["marks"]) >= 1 and found["threshold"] == round(learnt.normal.threshold(1.0), 4)
