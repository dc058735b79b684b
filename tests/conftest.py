"""All tests run offscreen, with an empty data folder, and are watched for what they leave behind."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from hypothesis import settings

import labbench  # noqa: F401 - before numpy: it says how many threads numpy may use

pytest_plugins = ["labbench.testing.plugin"]

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
