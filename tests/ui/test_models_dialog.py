"""The window of models: what is here, getting with cancel and going on, checking, importing, deleting, using."""

import hashlib
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.error import URLError

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QProgressBar, QPushButton, QWidget
from small_whisper import CHECKPOINT

from labbench.core.errors import FormatError
from labbench.core.progress import CancelToken
from labbench.jobs.waiting import wait_until
from labbench.models import weights
from labbench.models.connection import open_url
from labbench.models.expectations import Speed
from labbench.models.scripted_host import ScriptedHost
from labbench.models.shelf import Shelf
from labbench.transcript.engine import EngineInfo
from labbench.ui.dialogs import model_table
from labbench.ui.dialogs.models_dialog import ModelsDialog
from labbench.ui.theme import THEMES
from labbench.ui.transcripts import model_desk

CONTENT = {name: name.encode() * 100_000 for name in weights.OFFICIAL}


@dataclass
class Mirror:
    """Serves the light official list under `/`; while `hold` is not set, it stops in the middle of a file."""

    address: str = ""
    hold: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    state = Mirror()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers["Range"]
            state.asked.append((self.path, wanted))
            content = CONTENT[self.path.removeprefix("/").removesuffix(".pt")]
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            self.send_response(206 if wanted else 200)
            self.send_header("ETag", '"one"')
            self.send_header("Content-Length", str(len(content) - start))
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            half = max(start, len(content) // 2)
            try:
                self.wfile.write(content[start : half - 1])
                state.hold.wait(0.2)  # progress is told ten times a second
                self.wfile.write(content[max(start, half - 1) : half])
                state.hold.wait(30)
                self.wfile.write(content[half:])
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        state.address = f"http://127.0.0.1:{server.server_port}"
        yield state
        state.hold.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small official files, and a measurement that costs nothing."""
    table = {
        name: replace(one, size_bytes=len(CONTENT[name]), sha256=hashlib.sha256(CONTENT[name]).hexdigest())
        for name, one in weights.OFFICIAL.items()
    }
    monkeypatch.setattr(weights, "OFFICIAL", table)
    monkeypatch.setattr(model_desk, "measure_speed", lambda: Speed(200e9, 5e9))


def put(folder: Path, name: str, content: bytes | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.pt"
    path.write_bytes(content or CONTENT.get(name, b"my own"))
    return path


def only_here(request: object, timeout: float) -> object:
    """A network that ends at this computer."""
    if "127.0.0.1" not in request.full_url:  # type: ignore[attr-defined]
        raise URLError("no network")
    return open_url(request, timeout)  # type: ignore[arg-type]


@pytest.fixture
def opened(open_bench, labbench_home, tmp_path):
    """Opens a window with its dialog; `named` is LABBENCH_MODELS."""

    def open_it(named: str = "", make_host=ScriptedHost):
        env = {"LABBENCH_MODELS": named, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
        shelf = Shelf(env, labbench_home / "models", opener=only_here, packages={})  # type: ignore[arg-type]
        page = open_bench(twin=True, make_host=make_host, models=shelf, engine_a=None)
        page.act("actionModels")
        dialog = page.window.findChild(ModelsDialog, "modelsDialog")
        assert rest(page)
        return page, dialog

    return open_it


def rest(page) -> bool:
    """Until nothing is looked at and nothing is done."""
    desk = page.bench.engines.models
    return wait_until(lambda: not page.bench.jobs.running and not desk.looking and not desk.works, 60)


def row(dialog, name: str) -> list[str]:
    for number in range(dialog.table.topLevelItemCount()):
        item = dialog.table.topLevelItem(number)
        if item.text(0) == name:
            return [item.text(column) for column in range(item.columnCount())]
    raise LookupError(name)


def press(dialog, name: str, button: str) -> None:
    dialog.table.choose(name)
    found = dialog.findChild(QPushButton, button)
    assert found.isEnabled(), button
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def says(dialog) -> str:
    return dialog.findChild(QLabel, "modelsSays").text()


def choices(page, slot: str) -> list[str]:
    box = page.find(QComboBox, f"engine{slot}Choice")
    return [box.itemText(number) for number in range(box.count())]


# What is shown ------------------------------------------------------------------------------------------------------


def test_the_table_says_what_each_needs_and_where_it_lies(opened, labbench_home, tmp_path):
    put(labbench_home / "models", "tiny")
    put(labbench_home / "models", "mine")
    put(tmp_path / "cache" / "whisper", "base.en")
    put(tmp_path / "stick", "small")
    page, dialog = opened(str(tmp_path / "stick"))
    assert [dialog.table.topLevelItem(at).text(0) for at in range(13)] == [*weights.OFFICIAL, "mine"]
    name, size, languages, memory, speed, where, state = row(dialog, "tiny")
    assert (name, size, languages, where) == ("tiny", "400 kB", "about a hundred", "own folder")
    assert memory == "419 MB" and speed.endswith("× as fast") and state == "here"
    assert row(dialog, "base.en")[5:] == ["openai-whisper's cache", "in use as A"] and row(dialog, "small")[5:] == [
        "LABBENCH_MODELS",
        "here",
    ]
    assert row(dialog, "large-v3")[4].endswith("× as long") and row(dialog, "large-v3")[5:] == ["", "not here"]
    assert row(dialog, "mine")[2:] == ["your own", "", "", "own folder", "here"]
    head = dialog.table.headerItem()
    assert "(est.)" in head.text(model_table.SPEED) and "measurement" in head.toolTip(model_table.SPEED)
    assert str(tmp_path / "stick") in dialog.findChild(QLabel, "modelsPlaces").text()
    assert not dialog.isModal()
    page.act("actionModels")
    assert page.window.findChildren(ModelsDialog) == [dialog], "there is one such window"


@pytest.mark.parametrize("theme", THEMES)
def test_names_sizes_and_keys(opened, labbench_home, theme):
    put(labbench_home / "models", "tiny")
    page, dialog = opened()
    page.window.set_theme(theme)
    buttons = dialog.findChildren(QPushButton)
    assert all(one.objectName() and one.accessibleName() for one in buttons)
    texts = [one for one in (*buttons, *dialog.findChildren(QLabel)) if one.isVisible()]
    assert wait_until(lambda: all(one.width() >= one.minimumSizeHint().width() for one in texts), 5), "nothing is cut"
    assert dialog.minimumSizeHint().width() < 1300 and dialog.minimumSizeHint().height() < 720
    assert not dialog.table.header().length() > 1200
    spoken = dialog.table.topLevelItem(1).data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert "Model tiny" in spoken and "State in use as A" in spoken
    assert dialog.table.hasFocus() or dialog.focusWidget() is dialog.table
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert wait_until(lambda: page.window.findChild(ModelsDialog) is None, 10)


# Getting ------------------------------------------------------------------------------------------------------------


def test_get_cancel_and_go_on(opened, mirror, labbench_home):
    page, dialog = opened(mirror.address)
    assert choices(page, "A") == ["No Whisper yet"] and page.find(QWidget, "noWhisper").isVisible()
    press(dialog, "small", "modelsGet")
    part = labbench_home / "models" / "small.pt.part"
    desk = page.bench.engines.models
    assert wait_until(lambda: desk.work("small").progress.done >= len(CONTENT["small"]) // 2, 20)
    assert row(dialog, "small")[-1] == "getting 50 %" and not dialog.get.isEnabled()
    assert "250 kB of 500 kB" in dialog.doing.text() and dialog.progress.value() == 500
    desk.get("small")  # a second one at the same time is none
    QTest.mouseClick(dialog.findChild(QPushButton, "modelsCancel"), Qt.MouseButton.LeftButton)
    assert rest(page)
    assert row(dialog, "small")[-1] == "250 kB of it are here" and part.stat().st_size == 250_000
    assert dialog.get.text() == "Go on" and not dialog.findChild(QProgressBar, "modelsProgress").isVisible()
    mirror.hold.set()
    press(dialog, "small", "modelsGet")
    assert rest(page)
    assert mirror.asked == [("/small.pt", None), ("/small.pt", "bytes=250000-")]
    assert (labbench_home / "models" / "small.pt").read_bytes() == CONTENT["small"]
    assert row(dialog, "small")[-1] == "in use as A, checksum right" and says(dialog) == "Whisper small is here."
    for slot, first in (("A", []), ("B", ["Moonshine tiny-en"])):
        assert choices(page, slot) == [*first, "Whisper small"]
    assert page.bench.engines.a.spec.title == "Whisper small" and not page.find(QWidget, "noWhisper").isVisible()
    press(dialog, "tiny", "modelsGet")
    assert rest(page)
    assert choices(page, "A") == ["Whisper small", "Whisper tiny"]
    assert page.bench.engines.a.spec.title == "Whisper small", "another is offered, and not used unasked"


def test_the_panel_and_the_dialog_share_one_download(opened, mirror, labbench_home):
    page, dialog = opened(mirror.address)
    press(dialog, "base", "modelsGet")
    assert wait_until(page.find(QPushButton, "cancelDownload").isVisible, 20), "the panel shows it too"
    page.act("actionGetWhisper")
    mirror.hold.set()
    assert rest(page)
    assert [path for path, _ in mirror.asked] == ["/base.pt"]
    assert page.bench.engines.a.spec.title == "Whisper base"
    assert row(dialog, "base")[-1] == "in use as A, checksum right"
    assert not page.find(QWidget, "noWhisper").isVisible()


def test_a_download_goes_on_where_the_dialog_is_closed(opened, mirror, labbench_home):
    page, dialog = opened(mirror.address)
    press(dialog, "base", "modelsGet")
    assert wait_until(lambda: bool(mirror.asked), 20)
    dialog.reject()
    mirror.hold.set()
    assert rest(page)
    assert "Whisper base" in choices(page, "A")


def test_without_a_network_one_sentence_and_what_is_here(opened, labbench_home, tmp_path):
    put(tmp_path / "cache" / "whisper", "tiny")
    page, dialog = opened()
    press(dialog, "base", "modelsGet")
    assert rest(page)
    assert says(dialog).startswith("There is no connection to openaipublic.azureedge.net.")
    assert says(dialog).endswith("On this computer are: tiny.")
    assert "no connection" in page.notice


# Checking, deleting, using ------------------------------------------------------------------------------------------


def test_a_damaged_model_is_found_deleted_and_got_again(opened, mirror, labbench_home, monkeypatch, tmp_path):
    mirror.hold.set()
    wrong = put(labbench_home / "models", "base", CONTENT["base"][:-1] + b"?")
    trash_in(monkeypatch, tmp_path)
    page, dialog = opened(mirror.address)
    assert row(dialog, "base")[-1] == "in use as A"
    press(dialog, "base", "modelsCheck")
    assert rest(page)
    assert row(dialog, "base")[-1] == "damaged, in use as A"
    assert says(dialog) == "Whisper base is damaged: its checksum is wrong. Delete it and get it again."
    press(dialog, "base", "modelsDelete")
    assert rest(page)
    assert not wrong.exists() and page.bench.engines.a.spec.title == "No Whisper yet"
    press(dialog, "base", "modelsGet")
    assert rest(page)
    press(dialog, "base", "modelsCheck")
    assert rest(page)
    assert says(dialog) == "Whisper base is whole: its checksum is right."


def trash_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A trash of one's own: the system's may be missing where tests run."""
    trash = tmp_path / "trash"

    def to_trash(path: Path) -> Path:
        trash.mkdir(exist_ok=True)
        return Path(shutil.move(path, trash / path.name))

    monkeypatch.setattr(model_desk, "to_trash", to_trash)


def test_deleting_can_be_undone_and_done_again(opened, labbench_home, monkeypatch, tmp_path):
    trash_in(monkeypatch, tmp_path)
    path = put(labbench_home / "models", "tiny")
    page, dialog = opened()
    dialog.table.choose("tiny")
    QTest.keyClick(dialog.table, Qt.Key.Key_Delete)
    assert rest(page)
    assert not path.exists() and "in the trash" in says(dialog)
    for slot in "AB":
        assert "Whisper tiny" not in choices(page, slot)
    page.bench.undo.undo()
    assert rest(page)
    assert path.read_bytes() == CONTENT["tiny"] and "Whisper tiny" in choices(page, "A")
    page.bench.undo.redo()
    assert rest(page)
    assert not path.exists() and "Whisper tiny" not in choices(page, "B")


def test_what_others_use_stays(opened, tmp_path):
    path = put(tmp_path / "cache" / "whisper", "tiny")
    page, dialog = opened()
    press(dialog, "tiny", "modelsDelete")
    assert rest(page)
    assert path.exists() and "was not put there by this program, so it stays." in says(dialog)


def test_use_as_a_and_as_b(opened, labbench_home):
    for name in ("tiny", "base"):
        put(labbench_home / "models", name)
    page, dialog = opened()
    press(dialog, "tiny", "modelsUseA")
    press(dialog, "base", "modelsUseB")
    assert [slot.spec.title for slot in page.bench.engines.slots] == ["Whisper tiny", "Whisper base"]
    assert page.find(QComboBox, "engineBChoice").currentText() == "Whisper base"
    assert row(dialog, "base")[-1] == "in use as B" and not dialog.use_b.isEnabled()
    dialog.table.choose("base")
    QTest.keyClick(dialog.table, Qt.Key.Key_Return)
    assert page.bench.engines.a.spec.title == "Whisper base"


# Importing ----------------------------------------------------------------------------------------------------------


def test_import_offers_the_model_at_once(opened, labbench_home, monkeypatch, tmp_path):
    path = put(tmp_path / "stick", "class")
    loaded = []
    page, dialog = opened()
    desk = page.bench.engines.models
    monkeypatch.setattr(desk, "_check", lambda copy, cancel: loaded.append(copy))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    QTest.mouseClick(dialog.import_button, Qt.MouseButton.LeftButton)
    assert rest(page)
    assert len(loaded) == 1 and (labbench_home / "models" / "class.pt").read_bytes() == b"my own"
    assert row(dialog, "class")[-1] == "in use as A" and "Whisper class" in choices(page, "B")
    assert says(dialog) == "class.pt is here now, as Whisper class."
    dialog.table.choose("class")
    assert not dialog.check.isEnabled(), "nobody knows its checksum"


def test_an_import_can_be_cancelled_and_refused(opened, labbench_home, monkeypatch, tmp_path):
    path = put(tmp_path / "stick", "class")
    page, dialog = opened()
    desk = page.bench.engines.models
    begun = threading.Event()

    def hang(copy: Path, cancel: CancelToken) -> None:
        begun.set()
        cancel.wait(60)
        cancel.check()

    monkeypatch.setattr(desk, "_check", hang)
    desk.import_file(path)
    assert wait_until(begun.is_set, 20)
    assert wait_until(lambda: "loading it" in dialog.doing.text(), 20)
    QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert rest(page)

    def refuse(copy: Path, cancel: CancelToken) -> None:
        raise FormatError(f"{copy.name} is not a Whisper checkpoint.", "Choose another.")

    monkeypatch.setattr(desk, "_check", refuse)
    desk.import_file(path)
    assert rest(page)
    assert says(dialog) == "class.pt is not a Whisper checkpoint. Choose another."
    assert list((labbench_home / "models").iterdir()) == []


@pytest.mark.shares_process
def test_a_real_model_is_imported_in_a_process_of_its_own(opened, labbench_home, tmp_path):
    pytest.importorskip("torch", reason="torch has no wheel here")
    path = tmp_path / "school.pt"
    shutil.copy(CHECKPOINT, path)
    page, dialog = opened()
    page.bench.engines.models.import_file(path)
    assert rest(page)
    assert says(dialog) == "school.pt is here now, as Whisper school."


# Where engines run --------------------------------------------------------------------------------------------------


class OnACard(ScriptedHost):
    """A, whose graphics card works; B, whose doesn't."""

    def __init__(self, spec) -> None:
        super().__init__(spec)
        whisper = spec.is_whisper
        notice = "" if whisper else "The graphics card can't run this model (full): the processor does the work."
        self._later = EngineInfo(spec.title, spec.knows, "", device="cuda" if whisper else "cpu", notice=notice)
        self.info = None

    def load(self, cancel: CancelToken) -> EngineInfo:
        self.info = self._later
        return self.info


def test_the_column_says_where_its_engine_runs(open_bench):
    page = open_bench(twin=True, make_host=OnACard)
    assert "graphics" not in page.text("engineAKnows")
    page.bench.engines.warm_up()
    assert wait_until(lambda: not page.bench.jobs.running, 20)
    assert page.text("engineAKnows").endswith("Runs on the graphics card (CUDA).")
    assert "can't run this model (full)" in page.find(QLabel, "engineBKnows").toolTip()
    assert "the processor does the work" in page.notice
    page.window.notice.hide()
    page.bench.engines.warm_up()
    assert wait_until(lambda: not page.bench.jobs.running, 20)
    assert page.notice == "", "it is told once"


def noting(act, in_main_thread: list[bool]):
    def wrapped(*args, **more):
        in_main_thread.append(threading.current_thread() is threading.main_thread())
        return act(*args, **more)

    return wrapped


def test_folders_are_not_touched_by_the_main_thread(opened, labbench_home, monkeypatch):
    page, _ = opened()
    here = []
    for name in ("entries", "imported", "specs", "get", "verify", "to_delete", "import_file"):
        monkeypatch.setattr(Shelf, name, noting(getattr(Shelf, name), here))
    desk = page.bench.engines.models
    desk.look()
    desk.get("tiny")
    desk.check("base")
    desk.delete("small", page.bench.undo)
    assert rest(page)
    page.bench.engines.specs_for(page.bench.engines.a)
    assert here and not any(here)
