"""Hosts of tests: one engine for all of a kind, used by one at a time; a failure is everybody's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labbench.core.errors import LabBenchError
from labbench.core.progress import Cancelled, CancelToken, Progress
from labbench.models import engines
from labbench.models.scripted_host import ScriptedHost
from labbench.testing import shared_hosts
from labbench.testing.shared_hosts import SharedHost
from labbench.transcript.engine import Options

SOUND = np.zeros(16_000, np.float32)


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[engines.EngineSpec]:
    """The engines that were loaded, none of which costs anything; one without a title can't be."""
    found: list[engines.EngineSpec] = []

    def load(spec: engines.EngineSpec) -> ScriptedHost:
        found.append(spec)
        if not spec.title:
            raise LabBenchError("It can't be loaded.")
        return ScriptedHost(spec)

    monkeypatch.setattr(shared_hosts, "HostInProcess", load)
    return found


def test_an_engine_is_loaded_at_its_first_use_and_once(loads: list[engines.EngineSpec]) -> None:
    spec = replace(engines.MOONSHINE, title="Loaded once")
    one, other, told = SharedHost(spec), SharedHost(spec), list[Progress]()
    assert not loads and one.info is None
    assert one.transcribe(SOUND, Options(), told.append, CancelToken()).engine == "Loaded once"
    assert told[0].note == "Loading Loaded once"
    with other.stream(Options(), CancelToken()) as stream:
        assert stream.finish().words == ()
    assert loads == [spec] and one.info == other.info is not None
    one.close()
    assert one.info is None and other.load(CancelToken()) == other.info


def test_who_waits_for_its_turn_can_be_cancelled(loads: list[engines.EngineSpec]) -> None:
    spec = replace(engines.MOONSHINE, title="In use")
    cancelled = CancelToken()
    with SharedHost(spec).stream(Options(), CancelToken()):
        cancelled.cancel()
        with pytest.raises(Cancelled):
            SharedHost(spec).load(cancelled)
    assert SharedHost(spec).load(CancelToken()).title == "In use"


def test_a_failure_is_told_each_time(loads: list[engines.EngineSpec]) -> None:
    spec = replace(engines.MOONSHINE, title="")
    for count in (1, 2):
        with pytest.raises(LabBenchError, match="can't be loaded"):
            SharedHost(spec).load(CancelToken())
        assert len(loads) == count


def test_a_server_is_asked_by_each_host(loads: list[engines.EngineSpec]) -> None:
    spec = engines.remote("https://example.org")
    SharedHost(spec).load(CancelToken())
    SharedHost(spec).load(CancelToken())
    assert loads == [spec, spec]
