"""What the `moonshine-voice` wheel carries, found without importing it (its import takes a second)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from labbench.core.errors import LabBenchError


def moonshine_assets() -> Path:
    """The wheel's folder of models and recordings.

    The same folder that `moonshine_voice.utils.get_assets_path` names; a test compares the two.

    Raises LabBenchError where the wheel is not installed (there is none for Macs with Intel chips).
    """
    found = importlib.util.find_spec("moonshine_voice")
    if found is None or found.origin is None:
        raise LabBenchError(
            "Moonshine is not available on this computer.",
            "Its wheel exists for Windows, Linux and Macs with Apple chips; Whisper works without it.",
        )
    return Path(found.origin).parent / "assets"
