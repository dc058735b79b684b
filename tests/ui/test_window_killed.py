"""The window is killed while it records: the ear notices, finishes the file and ends; the next start offers it."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import psutil
import pytest

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.session.store import interrupted_sessions


@pytest.mark.skipif(sys.platform == "win32", reason="a killed parent is simulated with POSIX's SIGKILL")
def test_the_ear_finishes_the_file_and_ends(labbench_home: Path, qapp, open_bench) -> None:
    clip = assets() / "clips" / "demo.flac"
    command = [sys.executable, "-m", "labbench", "gui", "--source", str(clip)]
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", LABBENCH_HOME=str(labbench_home))
    window = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=assets().parent)
    try:
        sessions = labbench_home / "sessions"
        assert wait_until(lambda: any(path.stat().st_size > 40_000 for path in sessions.rglob("0001.wav")), 30)
        children = psutil.Process(window.pid).children(recursive=True)
        window.kill()
        window.wait(10)
        _, alive = psutil.wait_procs(children, timeout=20)
        running = [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]  # ended, and nobody asked how
        assert not running, "every process has ended by itself"
    finally:
        if window.poll() is None:
            window.kill()
            window.wait(10)
    (session,) = interrupted_sessions(sessions)
    (path,) = session.interrupted()
    with wave.open(str(path)) as recording:
        assert recording.getnframes() > 20_000
    page = open_bench()
    page.bench.desk.look_for_interrupted(sessions)
    assert wait_until(page.window.notice.isVisible, 20)
    assert "recovered" in page.window.notice.text
    assert path.with_suffix(".json").exists()
    page.click("noticeAction")
    assert wait_until(lambda: page.bench.shown.recording is not None, 20), "the take is offered and opens"
    assert page.bench.shown.recording.path == path and page.bench.view.frames > 20_000
