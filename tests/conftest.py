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


REAL_TIME = {
    "tests/audio/test_player.py",
    "tests/live/test_alsa_file.py",
    "tests/live/test_device_watch.py",
    "tests/live/test_killed_recordings.py",
    "tests/live/test_playing.py",
    "tests/live/test_portaudio.py",
    "tests/live/test_recording.py",
    "tests/live/test_stuck_devices.py",
    "tests/measure/test_bench.py",
    "tests/measure/test_live_delay.py",
    "tests/models/test_hosting.py",
    "tests/models/test_pulse.py",
    "tests/ui/test_first_minute.py",
    "tests/ui/test_playing_in_the_window.py",
    "tests/ui/test_window_engines.py",
    "tests/ui/test_window_killed.py",
}
"""Modules that measure time, make sound or end processes: one after the other, so that none disturbs another."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where tests are divided among processes, those of a module stay together, and all of `REAL_TIME` do.

    pytest 9 leaves nothing of pytest-xdist's own groups in the names by which tests are divided.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByModule(LoadFileScheduling):
        def _split_scope(self, nodeid):
            module = super()._split_scope(nodeid)
            return "real time" if module in REAL_TIME else module

    return ByModule(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_configure():
    missing = [name for name in REAL_TIME if not (Path(__file__).parent.parent / name).is_file()]
    assert not missing, f"not there any more: {missing}"


@pytest.fixture(scope="session")
def moonshine() -> None:
    """Skips where Moonshine has no wheel."""
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
