"""What tests of several views need."""

import pytest

from labbench.live.messages import Play


@pytest.fixture
def played(page, monkeypatch):
    """What the ear of the test's `page` is asked to play."""
    specs, send = [], page.bench.sound.send
    monkeypatch.setattr(
        page.bench.sound, "send", lambda told: specs.append(told.spec) if isinstance(told, Play) else send(told)
    )
    return specs
