"""Recordings that are killed at random moments: what is on disk is whole, and next to nothing is missing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.session.store import Session, interrupted_sessions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by POSIX's SIGKILL")

RATE = 22_050
SECONDS = 20
PLAIN, ALL = 2, 20
MOMENTS = [pytest.param(seed, marks=() if seed < PLAIN else pytest.mark.slow) for seed in range(ALL)]
WINDOW = """
import sys
from pathlib import Path
from labbench.audio.source import FileSpec
from labbench.live import messages
from labbench.live.ear_process import EarProcess

if __name__ == "__main__":
    ear = EarProcess()
    ear.send(messages.Open(FileSpec(Path(sys.argv[1]), "sweep"), Path(sys.argv[2])))
    while True:
        ear.wait(60)
        for event in ear.poll():
            if isinstance(event, messages.Opened):
                print(ear.pid, event.ring, event.model_ring, flush=True)
"""
"""Stands for the window: it has the ear record, and is somewhere else with its thoughts."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slow sweep: every stretch of it is unlike the others."""
    seconds = np.arange(SECONDS * RATE) / RATE
    path = tmp_path_factory.mktemp("clip") / "sweep.wav"
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * (100 + 20 * seconds) * seconds), RATE, subtype="FLOAT")
    return path


@dataclass
class Running:
    """A window and its ear, which record."""

    window: subprocess.Popen[str]
    ear: psutil.Process
    rings: tuple[str, str]
    ring: SharedRing
    session: Session
    target: Path

    def reach(self, seed: int) -> int:
        """Wait for a moment that nobody foresees but `seed`; frames that have come until then."""
        moment = random.Random(seed).uniform(0.02, 1.5) * RATE
        assert wait_until(lambda: self.ring.written >= moment, 30)
        return self.ring.written


@pytest.fixture
def running(clip: Path, tmp_path: Path, qapp: object) -> Iterator[Running]:
    session = Session.new(tmp_path / "sessions")
    target = session.next_recording()
    command = [sys.executable, "-c", WINDOW, str(clip), str(target)]
    window = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=assets().parent,
        stderr=subprocess.DEVNULL,
    )
    assert window.stdout is not None
    rings: tuple[str, ...] = ()
    try:
        pid, *rings_list = window.stdout.readline().split()
        rings = tuple(rings_list)
        ring = SharedRing.attach(rings[0])
        yield Running(window, psutil.Process(int(pid)), (rings[0], rings[1]), ring, session, target)
        ring.close()
    finally:
        if window.poll() is None:
            os.killpg(window.pid, signal.SIGKILL)
        window.wait(10)
        window.stdout.close()
        for name in rings:
            SharedRing.remove(name)


def recovered(running: Running, clip: Path) -> int:
    """Frames of the take as it is found, which mending neither changes nor reduces."""
    found, rate = soundfile.read(running.target, dtype="float32")
    assert rate == RATE, "valid as it is"
    (session,) = interrupted_sessions(running.session.folder.parent)
    (recording,) = session.recover()
    samples, _ = soundfile.read(running.target, dtype="float32")
    assert recording.recovered and recording.frames == len(samples) >= len(found)
    assert np.allclose(samples, read_clip(clip).samples[: len(samples)], atol=1e-4), "nothing is doubled or missing"
    assert interrupted_sessions(running.session.folder.parent) == []
    return len(samples)


@pytest.mark.parametrize("seed", MOMENTS)
def test_all_processes_killed_at_once(running: Running, clip: Path, seed: int) -> None:
    heard = running.reach(seed)
    os.killpg(running.window.pid, signal.SIGKILL)
    running.window.wait(10)
    assert wait_until(lambda: not running.ear.is_running(), 10)
    assert recovered(running, clip) >= heard - RATE // 2


@pytest.mark.parametrize("seed", MOMENTS)
def test_the_window_killed_alone(running: Running, clip: Path, seed: int) -> None:
    heard = running.reach(1000 + seed)
    os.kill(running.window.pid, signal.SIGKILL)
    running.window.wait(10)
    assert wait_until(lambda: not running.ear.is_running(), 10), "the ear ends by itself"
    assert recovered(running, clip) >= heard
    for name in running.rings:  # which it has put away
        with pytest.raises(LabBenchError):
            SharedRing.attach(name)


def test_a_killed_command_is_recovered_by_the_other_command(clip: Path, tmp_path: Path, qapp: object) -> None:
    folder = tmp_path / "sessions" / "one"
    target = folder / "recordings" / "0001.wav"
    bench = [sys.executable, "-m", "labbench"]
    words = [*bench, "record", "--source", str(clip), "--session", str(folder)]
    command = subprocess.Popen(words, start_new_session=True, cwd=assets().parent)
    try:
        assert wait_until(lambda: target.exists() and target.stat().st_size > RATE, 30)
        rings = shared_memory_of(command.pid)
    finally:
        os.killpg(command.pid, signal.SIGKILL)
        command.wait(10)
    for name in rings:
        SharedRing.remove(name)
    frames = soundfile.info(target).frames
    words = [*bench, "recover", str(tmp_path / "sessions")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=assets().parent)
    assert done.stdout == f"{target}\t{soundfile.info(target).frames / RATE:.1f} s\n"
    assert soundfile.info(target).frames >= frames


def shared_memory_of(pid: int) -> set[str]:
    """Names of the rings that processes begun by `pid` have: killed, they can't remove them."""
    maps = [one for child in psutil.Process(pid).children(recursive=True) for one in maps_of(child)]
    return {Path(one).name for one in maps if one.startswith("/dev/shm/psm_")}


def maps_of(process: psutil.Process) -> list[str]:
    if not hasattr(process, "memory_maps"):
        return []
    return [one.path for one in process.memory_maps()]
