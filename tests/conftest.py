"""All tests run offscreen, with an empty data folder, and are watched for what they leave behind."""

import os
import signal

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what it puts in the background like this
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest
from hypothesis import settings

import labbench  # noqa: F401 - before numpy: it says how many threads numpy may use
from labbench.core.errors import LabBenchError
from labbench.models.moonshine_files import moonshine_assets

pytest_plugins = ["labbench.testing.plugin"]

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where tests are divided among processes, those of a module stay together, and those of an `xdist_group` do."""
    from xdist.scheduler import LoadGroupScheduling

    class ByModuleAndGroup(LoadGroupScheduling):
        def _split_scope(self, nodeid):
            return super()._split_scope(nodeid).partition("::")[0]

    return ByModuleAndGroup(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def moonshine() -> None:
    """Skips where Moonshine has no wheel."""
    try:
        moonshine_assets()
    except LabBenchError:
        pytest.skip("Moonshine has no wheel for this computer")
