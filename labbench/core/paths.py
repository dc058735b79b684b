"""Places on disk: the project's own assets and the user's data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parent.parent


def assets() -> Path:
    """The folder of bundled clips and icons: inside the wheel, or beside the package."""
    inside = PACKAGE / "assets"
    return inside if inside.is_dir() else PACKAGE.parent / "assets"


def data_home() -> Path:
    """Where recordings, words and downloads are kept. `LABBENCH_HOME` moves it."""
    home = os.environ.get("LABBENCH_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("labbench", appauthor=False))


def sessions() -> Path:
    """The folder that holds one folder per session."""
    return data_home() / "sessions"


def models() -> Path:
    """The folder into which weights are downloaded."""
    return data_home() / "models"
