"""All tests run offscreen, with an empty data folder, and are watched for what they leave behind."""

import os
import signal
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what it puts in the background like this
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest
from hypothesis import settings
from small_whisper import CHECKPOINT, small_whisper

import labbench  # noqa: F401 - before numpy: it says how many threads numpy may use
from labbench.core.errors import LabBenchError
from labbench.models.engines import EngineSpec
from labbench.models.moonshine_files import moonshine_assets

pytest_plugins = ["labbench.testing.plugin"]

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture
def bench_engine() -> EngineSpec:
    """Engine A of the tests' windows."""
    return small_whisper()


@pytest.fixture
def small_models(labbench_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small Whisper is an imported model, `whisper-digits`: the only one, so that nobody need choose it."""
    monkeypatch.setenv("LABBENCH_MODELS", str(CHECKPOINT.parent))


@pytest.fixture(scope="session")
def moonshine() -> None:
    """Skips where Moonshine has no wheel."""
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
