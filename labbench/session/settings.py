"""The user's settings in one JSON file."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from labbench.core.errors import FormatError
from labbench.session import checked
from labbench.session.disk import read_json, update_json
from labbench.session.options_file import options_in, options_out, rescued
from labbench.session.results import SpectrogramSettings, spectrogram_in, spectrogram_out
from labbench.transcript.engine import Options
from labbench.transcript.subtitles import MOST, CueLines

VERSION = 1
MOST_RECENT = 50
_WHAT = "a file of settings"
_MOST_BYTES = 4 << 20
SPEEDS = (0.1, 10.0)
NEAR_MISSES = ("off", "offer", "take")
"""What may become of near misses: nothing, an offer to learn from them, or they are learnt from unasked."""


@dataclass(frozen=True)
class Settings:
    """What is remembered from one start to the next. An empty name stands for the system's own choice.

    `layout` is the window's, as base64; `language` is a code such as "en", None for the model's choice; `channel`
    says which channel of a device is heard ("mix", "1", "2", ...); `recent` are file names, the newest first.
    `folders` are kinds of files and the folder that was last used for each. `options` are those of transcription.
    `remote_address` and `remote_model` are those of a server that transcribes, empty where none is; never its key.
    It is offered as an engine while `remote_on`. `block_file` names the class's list of what is never shown.
    `near_misses` says what becomes of a word that was nearly heard and then said again, `smoothed` whether distances
    are drawn as they are decided by. `cue_lines` say how subtitles were last exported.
    """

    theme: str = ""
    input_device: str = ""
    output_device: str = ""
    spectrogram: SpectrogramSettings = field(default_factory=SpectrogramSettings)
    speed: float = 1.0
    language: str | None = None
    layout: str = ""
    recent: tuple[str, ...] = ()
    channel: str = "mix"
    folders: tuple[tuple[str, str], ...] = ()
    options: Options = field(default_factory=Options)
    remote_address: str = ""
    remote_model: str = ""
    block_file: str = ""
    remote_on: bool = False
    near_misses: str = "offer"
    smoothed: bool = True
    cue_lines: CueLines = field(default_factory=CueLines)


_READERS: dict[str, Callable[[Any], Any]] = {
    "theme": lambda raw: checked.text(raw, 100),
    "input_device": lambda raw: checked.text(raw, 1000),
    "output_device": lambda raw: checked.text(raw, 1000),
    "spectrogram": spectrogram_in,
    "speed": lambda raw: checked.number(raw, *SPEEDS),
    "language": lambda raw: None if raw is None else checked.text(raw, 100),
    "layout": lambda raw: _base64(checked.text(raw, 1 << 20)),
    "recent": lambda raw: tuple(checked.text(one, 10_000) for one in checked.items(raw, MOST_RECENT)),
    "channel": lambda raw: checked.text(raw, 100),
    "folders": lambda raw: _folders(checked.fields(raw)),
    "options": options_in,
    "remote_address": lambda raw: checked.text(raw, 500),
    "remote_model": lambda raw: checked.text(raw, 200),
    "remote_on": checked.flag,
    "block_file": lambda raw: checked.text(raw, 10_000),
    "near_misses": lambda raw: checked.one_of(raw, NEAR_MISSES),
    "smoothed": checked.flag,
    "cue_lines": lambda raw: _cue_lines(checked.fields(raw)),
}


def load_settings(path: Path) -> tuple[Settings, list[str]]:
    """The settings, and a sentence where some or all of them are damaged and the usual ones are used instead.

    Raises LabBenchError where the disk can't be read.
    """
    if not path.exists():
        return Settings(), []
    try:
        raw = read_json(path, _WHAT, _MOST_BYTES)
    except FormatError:
        return Settings(), ["The settings are damaged: the usual ones are used."]
    good: dict[str, Any] = {}
    bad = []
    for name, read in _READERS.items():
        if name in raw:
            try:
                good[name] = read(raw[name])
            except checked.DAMAGE:
                bad.append(name.replace("_", " "))
                if name == "options":
                    good[name] = rescued(raw[name])
    lost = [f"Some settings are damaged, and the usual ones are used: {', '.join(bad)}."] if bad else []
    return Settings(**good), lost


def save_settings(path: Path, settings: Settings) -> None:
    """Keys in the file that this program does not know stay; a damaged file is set aside. Raises LabBenchError."""
    raw = {
        "format": "labbench-settings",
        "version": VERSION,
        "theme": settings.theme,
        "input_device": settings.input_device,
        "output_device": settings.output_device,
        "spectrogram": spectrogram_out(settings.spectrogram),
        "speed": float(settings.speed),
        "language": settings.language,
        "layout": settings.layout,
        "recent": list(settings.recent[:MOST_RECENT]),
        "channel": settings.channel,
        "folders": dict(settings.folders),
        "options": options_out(settings.options),
        "remote_address": settings.remote_address,
        "remote_model": settings.remote_model,
        "remote_on": settings.remote_on,
        "block_file": settings.block_file,
        "near_misses": settings.near_misses,
        "smoothed": settings.smoothed,
        "cue_lines": asdict(settings.cue_lines),
    }
    update_json(path, _WHAT, raw, _MOST_BYTES)


def _folders(raw: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if len(raw) > MOST_RECENT:
        raise ValueError("too many folders")
    return tuple((checked.text(kind, 100), checked.text(folder, 10_000)) for kind, folder in raw.items())


def _cue_lines(raw: dict[str, Any]) -> CueLines:
    def limit(name: str) -> int | None:
        return None if raw.get(name) is None else checked.whole(raw[name], 1, MOST)

    limits = (limit("max_line_width"), limit("max_line_count"), limit("max_words_per_line"))
    return CueLines(*limits, checked.flag(raw.get("highlight_words", False)))


def _base64(text: str) -> str:
    base64.b64decode(text, validate=True)
    return text
