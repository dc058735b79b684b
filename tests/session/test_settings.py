"""Settings come back as they were; a damaged file costs no more than what is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labbench.core.errors import LabBenchError
from labbench.session.results import SpectrogramSettings
from labbench.session.settings import Settings, load_settings, save_settings
from labbench.transcript.subtitles import CueLines

ALL = Settings(
    "dark",
    "Mic \udce9",
    "Speakers 語",
    SpectrogramSettings("linear", 50.0, None, -60.5, -5.0),
    0.75,
    "de",
    "AAAA/w==",
    ("/home/x/b.wav", "c.flac"),
    "2",
    near_misses="take",
    smoothed=False,
    cue_lines=CueLines(42, 2, None, highlight_words=True),
)


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.json"
    assert load_settings(path) == (Settings(), [])
    save_settings(path, ALL)
    assert load_settings(path) == (ALL, [])


def test_unknown_keys_stay(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"later": {"a": 1}, "theme": "light"}')
    settings, lost = load_settings(path)
    assert settings == Settings(theme="light") and lost == []
    save_settings(path, ALL)
    assert json.loads(path.read_text())["later"] == {"a": 1}
    assert load_settings(path) == (ALL, [])


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x00"])
def test_a_damaged_file_gives_the_usual_settings_and_is_set_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    assert load_settings(path) == (Settings(), ["The settings are damaged: the usual ones are used."])
    save_settings(path, ALL)
    assert load_settings(path) == (ALL, [])
    assert (tmp_path / "settings.json.damaged").read_text() == content


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theme", 3),
        ("input_device", None),
        ("output_device", ["x"]),
        ("spectrogram", {"kind": "mel", "window_ms": 0, "highest_hz": None, "floor_db": -80, "ceiling_db": 0}),
        ("spectrogram", None),
        ("speed", 0),
        ("speed", float("nan")),
        ("speed", True),
        ("language", 1),
        ("layout", "no base64!"),
        ("recent", "x"),
        ("recent", [1]),
        ("recent", ["x"] * 51),
        ("channel", 10**400),
        ("near_misses", "always"),
        ("near_misses", ["off"]),
        ("smoothed", 1),
        ("cue_lines", {"max_line_width": 0}),
        ("cue_lines", {"highlight_words": "yes"}),
    ],
)
def test_a_damaged_setting_costs_itself_only(tmp_path: Path, key: str, value: Any) -> None:
    path = tmp_path / "settings.json"
    save_settings(path, ALL)
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    settings, lost = load_settings(path)
    assert lost == [f"Some settings are damaged, and the usual ones are used: {key.replace('_', ' ')}."]
    assert getattr(settings, key) == getattr(Settings(), key)
    assert sum(getattr(settings, one) != getattr(ALL, one) for one in ALL.__dataclass_fields__) == 1


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    assert load_settings(tmp_path)[0] == Settings()
    (tmp_path / "file").touch()
    with pytest.raises(LabBenchError):
        save_settings(tmp_path / "file" / "settings.json", ALL)
