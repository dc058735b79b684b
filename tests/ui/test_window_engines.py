"""Engines in the window: hosts that die, cancel, getting weights."""

import hashlib
import http.server
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
from PySide6.QtWidgets import QPushButton

from labbench.core import paths
from labbench.jobs.waiting import wait_until
from labbench.models import weights
from labbench.models.hosting import HostProcess
from labbench.models.shelf import Shelf
from labbench.ui.transcripts.transcribing import EngineState

CLIPS = paths.assets() / "clips"


def transcripts(page):
    return [slot.transcript.text if slot.transcript else None for slot in page.bench.engines.slots]


def test_a_killed_host_leaves_the_window_alive_and_the_next_job_starts_a_new_one(open_bench):
    page = open_bench()
    page.bench.open_file(CLIPS / "digits.flac")
    assert wait_until(lambda: all(transcripts(page)), 60)
    first = page.bench.engines.a.host.pid
    page.bench.reading.transcribe_again()
    psutil.Process(first).kill()
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.IDLE, 20)
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: all(transcripts(page)), 60)
    assert page.bench.engines.a.host.pid != first
    assert transcripts(page)[0] == "one two three four five six seven eight nine zero"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal there that stops a process")
def test_a_host_that_hangs_is_told_once_and_the_next_job_starts_a_new_one(open_bench):
    page = open_bench(make_host=lambda spec: HostProcess(spec, hung_seconds=1.0))
    page.bench.open_file(CLIPS / "digits.flac")
    assert wait_until(lambda: all(transcripts(page)), 60)
    told = []
    page.bench.trouble.connect(lambda error: told.append(str(error)))
    first = page.bench.engines.a.host.pid
    psutil.Process(first).suspend()
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.IDLE, 20)
    assert wait_until(lambda: page.bench.engines.b.state is EngineState.IDLE, 20)
    assert len(told) == 1 and "has not answered for 1 seconds and was ended" in told[0]
    assert page.bench.engines.a.transcript.text  # what was there before stays
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: page.bench.engines.a.host.pid not in (None, first), 20)
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.IDLE, 60)
    assert len(told) == 1


def test_cancel_ends_a_transcription_and_the_next_one_works(open_bench):
    page = open_bench()
    page.bench.engines.warm_up()
    assert wait_until(lambda: not page.bench.jobs.running, 120)
    page.bench.open_file(CLIPS / "sentences_without.flac")
    assert wait_until(lambda: page.bench.engines.a.state is EngineState.TRANSCRIBING, 20)
    page.click("engineACancel")
    assert page.bench.engines.a.state is EngineState.IDLE
    assert wait_until(lambda: not page.bench.jobs.running, 20)
    assert page.bench.engines.a.transcript is None
    page.bench.open_file(CLIPS / "digits_short.flac")
    assert wait_until(lambda: all(transcripts(page)), 60)
    assert transcripts(page)[0] == "two eight five nine"


def test_a_file_that_is_no_checkpoint_is_refused_in_one_sentence(open_bench, tmp_path):
    page = open_bench()
    bad = tmp_path / "bad.pt"
    bad.write_bytes(b"not a checkpoint")
    before = page.bench.engines.a.spec
    page.bench.engines.use_checkpoint(bad)
    assert wait_until(page.window.notice.isVisible, 60)
    assert "bad.pt is not a Whisper checkpoint" in page.window.notice.text
    assert page.bench.engines.a.spec == before, "what was in use stays"
    assert wait_until(lambda: not page.bench.jobs.running, 20)


def test_a_checkpoint_of_ones_own_becomes_engine_a_also_while_sound_runs(open_bench, tmp_path):
    own = tmp_path / "mine.pt"
    own.write_bytes((paths.assets() / "models" / "whisper-digits.pt").read_bytes())
    page = open_bench()
    page.click("useDemo")
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    page.bench.engines.use_checkpoint(own)
    assert wait_until(lambda: page.bench.engines.a.spec.title == "Whisper mine", 60)
    assert page.bench.engines.a.state is EngineState.LISTENING
    assert wait_until(lambda: "jarvis" in page.engine_text("A"), 60)


@pytest.fixture
def weights_server() -> Iterator[tuple[str, bytes, threading.Event]]:
    """Serves the small checkpoint as if it were tiny; sends its second half once the event is set."""
    content = (paths.assets() / "models" / "whisper-digits.pt").read_bytes()
    go_on = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                self.wfile.write(content[: len(content) // 2])
                go_on.wait(30)
                self.wfile.write(content[len(content) // 2 :])
            except OSError:
                pass  # the client cancelled

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/tiny.pt", content, go_on
    go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shelf(weights_server, monkeypatch, tmp_path) -> Shelf:
    """Gets tiny from that server."""
    url, content, _ = weights_server
    tiny = replace(weights.OFFICIAL["tiny"], size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(weights, "OFFICIAL", {**weights.OFFICIAL, "tiny": tiny})
    return Shelf({"LABBENCH_MODELS": url.removesuffix("/tiny.pt")}, tmp_path / "models")


def test_get_tiny_shows_progress_and_arrives_whole(open_bench, weights_server, shelf, tmp_path):
    _, content, go_on = weights_server
    page = open_bench(models=shelf)
    heard = []
    page.bench.engines.download_changed.connect(heard.append)
    page.click("getTiny")
    assert not page.find(QPushButton, "getTiny").isVisible()
    assert page.find(QPushButton, "cancelDownload").isVisible()
    part = tmp_path / "models" / "tiny.pt.part"
    assert wait_until(lambda: part.exists() and part.stat().st_size > 0, 20)
    go_on.set()
    assert wait_until(lambda: page.find(QPushButton, "getTiny").isVisible(), 20)
    done = [progress.done for progress in heard if progress is not None]
    assert done == sorted(done) and done[-1] == len(content) and heard[-1] is None
    assert f"of {len(content) / 1e6:.0f} MB" in page.text("downloadState")
    assert (tmp_path / "models" / "tiny.pt").read_bytes() == content
    assert page.bench.engines.a.spec.title == "Whisper tiny"


def test_a_cancelled_download_keeps_its_part(open_bench, weights_server, shelf, tmp_path):
    _, _, go_on = weights_server
    page = open_bench(models=shelf)
    page.click("getTiny")
    part = tmp_path / "models" / "tiny.pt.part"
    assert wait_until(lambda: part.exists() and part.stat().st_size > 0, 20)
    page.click("cancelDownload")
    go_on.set()
    assert wait_until(lambda: page.find(QPushButton, "getTiny").isVisible(), 20)
    assert not (tmp_path / "models" / "tiny.pt").exists()
    assert part.stat().st_size > 0
