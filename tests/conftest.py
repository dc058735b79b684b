"""All tests run offscreen, with an empty data folder, and are watched for what they leave behind."""

import os
import signal
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what it puts in the background like this
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest
from hypothesis import settings

import labbench  # noqa: F401 - before numpy: it says how many threads numpy may use
from labbench.core.errors import LabBenchError
from labbench.models.moonshine_files import moonshine_assets

_MODELS = os.environ.get("LABBENCH_MODELS", "")
pytest_plugins = ["labbench.testing.plugin"]

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def whisper_base() -> Path:
    """Whisper's `base`; skips where its weights are not in the folder that LABBENCH_MODELS named at the start."""
    path = Path(_MODELS) / "base.pt" if _MODELS else None
    if path is None or not path.is_file():
        pytest.skip("the weights of Whisper base are not here")
    return path


@pytest.fixture(scope="session")
def moonshine() -> None:
    """Skips where Moonshine has no wheel."""
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
