"""What works on this computer, and what to do about what does not. No Qt; needs no engine to be loaded."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from labbench import __version__
from labbench.audio.device_names import worth_showing
from labbench.audio.devices import list_devices
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.live.display import has_display
from labbench.models.engines import whispers
from labbench.models.moonshine_files import moonshine_assets

LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it works, what was found, and what to do where it does not."""

    name: str
    works: bool
    found: str
    hint: str = ""


def all_checks() -> list[Check]:
    """Look at everything; each check stands for itself, none raises."""
    return [
        _checked(name, look)
        for name, look in (
            ("Program", _program),
            ("Sound library", _portaudio),
            ("Microphones", _microphones),
            ("Whisper", _whisper),
            ("Moonshine", _moonshine),
            ("Wake words", _wake_words),
            ("Data folder", _data_folder),
            ("Display", _display),
        )
    ]


def report() -> str:
    """All checks as text, a line or two each."""
    lines = []
    for check in all_checks():
        lines.append(f"{'✓' if check.works else '✗'} {check.name}: {check.found}")
        if check.hint:
            lines.append(f"    {check.hint}")
    return "\n".join(lines)


def _checked(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except LabBenchError as error:
        return Check(name, False, error.message, error.hint)


def _program() -> Check:
    where = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return Check("Program", True, f"Speech Lab Bench {__version__}, Python {platform.python_version()}, {where}")


def _portaudio() -> Check:
    from labbench.audio.portaudio import portaudio

    return Check("Sound library", True, str(portaudio().get_portaudio_version()[1]).split(",")[0])


def _microphones() -> Check:
    devices = worth_showing(list_devices().inputs)
    if not devices:
        return Check("Microphones", False, "none found", "The demo clip and files work without one.")
    names = "; ".join(device.title for device in devices[:4])
    return Check("Microphones", True, f"{len(devices)}: {names}")


def _whisper() -> Check:
    missing = [name for name in ("torch", "whisper") if importlib.util.find_spec(name) is None]
    if missing:
        return Check("Whisper", False, f"{' and '.join(missing)} not installed", "Run the start script again.")
    found = [spec.title for spec in whispers()]
    if not found:
        hint = "Transcribe, Get Whisper in the window, or: labbench models get base."
        return Check("Whisper", True, "installed, without weights", hint)
    return Check("Whisper", True, ", ".join(found))


def _moonshine() -> Check:
    folder = moonshine_assets() / "tiny-en"
    return Check("Moonshine", folder.is_dir(), "tiny-en, English" if folder.is_dir() else "its model is missing")


def _wake_words() -> Check:
    cohort = paths.assets() / "cohort.npz"
    if not cohort.exists() or importlib.util.find_spec("onnxruntime") is None:
        return Check(
            "Wake words", False, "the embedder or its background cohort is missing", "Run the start script again."
        )
    return Check("Wake words", True, "embedder and background cohort are here")


def _data_folder() -> Check:
    home = paths.data_home()
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    writable = os.access(existing, os.W_OK)
    hint = "" if writable else "Set LABBENCH_HOME to a folder that you may write to."
    if free < LEAST_FREE_BYTES:
        hint = hint or "Free some space: recordings need room."
    return Check("Data folder", writable and free >= LEAST_FREE_BYTES, f"{home}, {free / 1e9:.0f} GB free", hint)


def _display() -> Check:
    if not has_display(sys.platform, os.environ):
        return Check("Display", False, "none", "Without one, the program makes pictures of a tour instead.")
    return Check("Display", True, "yes")
