"""What is blocked is nowhere: not in a view, a tip, a name for screen readers, a menu, an export or a file."""

import json
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QMenu, QPlainTextEdit, QTextEdit, QWidget
from small_whisper import SPOKEN

from labbench.core.progress import CancelToken
from labbench.jobs.waiting import wait_until
from labbench.live.transcriber import LiveUpdate
from labbench.models.scripted_host import ScriptedHost
from labbench.session.block_file import NAME, load_class_list, load_session_list, save_session_list
from labbench.session.results import load_results
from labbench.session.settings import Settings
from labbench.session.store import Session
from labbench.transcript.engine import Options
from labbench.transcript.guard import MASK, BlockList, find
from labbench.transcript.types import LiveText, Word
from labbench.ui import exporting
from labbench.ui.dialogs.export_choices import Wanted, groups
from labbench.ui.dialogs.options_dialog import OptionsDialog
from labbench.ui.sounds.sources import demo_source
from labbench.ui.transcripts.transcribing import EngineState

CLIP = SPOKEN / "digits_short.flac"
TWO = BlockList(("two",))
BOTH = BlockList(("two", "five"))
"""Whisper reads “two eight five nine”, Moonshine “Do. Aired. Five. Mine.”"""
WORDS = (Word("red", 0.5, 0.9, 0.9), Word("grin", 1.0, 1.4, 0.9), Word("two", 1.5, 1.9, 0.9))

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # menus, offscreen


def said_by(widget: QWidget) -> list[str]:
    """All that a person could read of a widget, or hear."""
    found = [widget.toolTip(), widget.statusTip(), widget.whatsThis(), widget.accessibleName()]
    found += [widget.accessibleDescription(), widget.windowTitle()]
    if isinstance(widget, QLabel | QLineEdit):
        found.append(widget.text())
    if isinstance(widget, QTextEdit | QPlainTextEdit):
        found += [widget.toPlainText(), widget.document().toHtml()]
    if isinstance(widget, QComboBox):
        found += [widget.itemText(number) for number in range(widget.count())]
    if isinstance(widget, QMenu):
        found.append(widget.title())
    return found


def shown(page) -> list[str]:
    """All that the window shows or tells, hidden parts included."""
    window = page.window
    found = [text for widget in [window, *window.findChildren(QWidget)] for text in said_by(widget)]
    for action in window.findChildren(QAction):
        found += [action.text(), action.toolTip(), action.statusTip()]
    found += [page.bench.undo.text(number) for number in range(page.bench.undo.count())]
    lanes = window.signal.lanes
    for lane in range(4):
        for mark in lanes.marks(lane):
            found += [mark.text, mark.tip, mark.tell(mark) if mark.tell is not None else ""]
    for column in (window.transcripts.a, window.transcripts.b):
        found += [piece.text + piece.tip for piece in column.text._pieces] + [column.shown_text]
    view = window.transcripts.aligned.view
    found.append(view.copied())
    for number in range(len(view.aligned.columns)):
        found += [view.tip_of(number, row) for row in range(view.aligned.lines)]
    return found


def leaks(texts, blocked=BOTH) -> list[str]:
    return [text for text in texts if find(text, blocked)]


def exported(page, folder: Path) -> list[str]:
    """Every table, label track and transcript that can be exported, in every format."""
    folder.mkdir()
    found = []
    for group in groups(page.window):
        if group.key not in ("table", "labels", "transcript"):
            continue
        for number, choice in enumerate(group.choices):
            for form in choice.formats if not choice.reason else ():
                for span in (None, (0.2, 2.5)):
                    path = folder / f"{group.key}{number}{'part' if span else ''}{form.suffix}"
                    choice.make(Wanted(path, span))(lambda _: None, CancelToken())
                    found.append(path.read_text("utf-8"))
    return found


def kept(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in folder.rglob("*.json") if path.name != NAME]


def packed(page, target: Path) -> list[str]:
    page.bench.sessions.pack(target)
    assert wait_until(target.exists, 30)
    assert wait_until(lambda: "Saved" in page.text("status"), 30)
    with zipfile.ZipFile(target) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json") and name != NAME]
        return [archive.read(name).decode("utf-8") for name in names]


def test_a_word_of_a_real_engine_is_gone_from_every_place(open_bench, tmp_path):
    page = open_bench(twin=True)
    bench, transcripts = page.bench, page.window.transcripts
    own = set(shown(page))  # such as “A Tale of Two Cities”
    page.show_file(CLIP)
    first = bench.shown.recording
    page.act("actionCompare")
    assert wait_until(lambda: bool(transcripts.aligned.view.aligned.columns), 5)
    bench.reference.confirm(bench.engines.a)
    word = bench.engines.a.transcript.words[0]
    transcripts.a.text.word_menu.emit(word, QPoint(5, 5))
    page.window.findChildren(QMenu, "wordMenu")[-1].close()
    bench.reference.correct(bench.engines.b, bench.engines.b.transcript.words[1], "two ate")
    bench.axis.select((word.start, word.end))
    page.window.find_bar.ask()
    assert wait_until(lambda: transcripts.aligned.view.aligned.lines == 3, 5)
    bench.desk.save()
    assert (
        leaks(set(shown(page)) - own)
        and leaks(exported(page, tmp_path / "before"))
        and leaks(kept(bench.desk.session.folder))
    )

    page.show_file(CLIP)  # the first is not on show any more
    assert bench.shown.recording != first
    bench.reference.confirm(bench.engines.b)
    bench.preferences.blocking.use_for_session(BOTH)
    view = transcripts.aligned.view
    assert wait_until(lambda: any(MASK in text for text in view.copied().split()), 5)
    for menu in page.window.findChildren(QMenu, "wordMenu"):
        menu.deleteLater()
    assert leaks(set(shown(page)) - own) == []
    assert leaks(exported(page, tmp_path / "after")) == []
    for copy in ("actionCopyA", "actionCopyB"):
        page.act(copy)
        assert MASK in QGuiApplication.clipboard().text() and not leaks([QGuiApplication.clipboard().text()])
    bench.desk.save()
    assert leaks(packed(page, tmp_path / "all.labsession")) == []
    assert leaks(kept(bench.desk.session.folder)) == [], "also what nobody has opened since"
    while bench.undo.canUndo():
        bench.undo.undo()
        assert leaks(set(shown(page)) - own) == []
    while bench.undo.canRedo():
        bench.undo.redo()
    bench.desk.save()
    assert leaks(kept(bench.desk.session.folder)) == [], "undo brings nothing back"
    page.bench.open_recording(first)
    assert wait_until(lambda: bench.desk.shown == first and MASK in page.engine_text("A"), 10)
    assert leaks(set(shown(page)) - own) == [] and leaks(exported(page, tmp_path / "first")) == []


def test_live_text_and_what_is_being_read_follow_a_list_that_is_younger(open_bench):
    page = open_bench(twin=True, make_host=ScriptedHost)
    bench = page.bench
    own = set(shown(page))
    page.act("actionCompare")
    bench.start(replace(demo_source(), stepped=True), record=False)
    slot = bench.engines.a
    assert wait_until(lambda: slot.state is EngineState.LISTENING, 10)
    slot._live_update(LiveUpdate(LiveText((Word("t", 0, 1), Word("w", 1, 2), Word("o", 2, 3)), 3.0), 0.0))
    assert page.engine_text("A") == "t w o"
    bench.preferences.blocking.use_mine(TWO)
    assert page.engine_text("A") == f"{MASK} {MASK} {MASK}" and leaks(set(shown(page)) - own) == []
    slot._live_update(LiveUpdate(LiveText((Word("TWO!", 0, 1), Word("red", 1, 2)), 3.0), 0.0))
    assert page.engine_text("A") == f"{MASK} red"
    assert slot.words[0].text == MASK
    bench.stop()


@pytest.fixture
def page(open_bench):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))
    page.show_file(CLIP)
    return page


def dialog_of(page) -> OptionsDialog:
    page.act("actionOptions")
    return page.window.findChildren(OptionsDialog, "optionsDialog")[-1]


def pick(dialog, which: str) -> QPlainTextEdit:
    box = dialog.findChild(QComboBox, "optionBlockList")
    box.setCurrentIndex(box.findData(which))
    box.activated.emit(box.currentIndex())
    return dialog.findChild(QPlainTextEdit, "optionBlocked")


def test_the_lists_are_joined_and_each_is_kept_where_it_belongs(open_bench, tmp_path, monkeypatch):
    share = tmp_path / "class.txt"
    share.write_text("# of the class\nred\n/gr.n/\n", "utf-8")
    monkeypatch.setenv("LABBENCH_BLOCKLIST", str(share))
    saved = []
    page = open_bench(
        twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS), save_settings=saved.append
    )
    desk = page.bench.preferences.blocking
    assert wait_until(lambda: bool(desk.of_class), 5)
    page.show_file(CLIP)
    assert page.engine_text("A") == f"{MASK} {MASK} two"
    dialog = dialog_of(page)
    assert "kept on this computer" in dialog.blocking.tip
    pick(dialog, "session").setPlainText("Two")
    field = pick(dialog, "class")
    assert field.isReadOnly() and field.toPlainText() == "red\n/gr.n/\n"
    assert page.engine_text("A") == f"{MASK} {MASK} {MASK}"
    pick(dialog, "mine").setPlainText("blue")
    dialog.reject()
    assert saved[-1].options.blocked == BlockList(("blue",)), "neither the session's nor the class's"
    folder = page.bench.desk.session.folder
    assert load_session_list(folder) == (BlockList(("Two",)), [])
    raw = json.loads((folder / NAME).read_text("utf-8"))
    assert raw["format"] == "labbench-blocklist" and raw["phrases"] == ["Two"]
    page.act("actionNewSession")
    assert wait_until(lambda: page.bench.desk.session.folder != folder, 5)
    assert desk.of_session == BlockList()
    assert page.bench.engines.options.blocked == BlockList(("blue", "red"), ("gr.n",))


def test_opening_a_session_brings_its_list_and_unblocks_nothing(page, labbench_home):
    bench = page.bench
    bench.desk.save()
    other = Session.new(labbench_home / "other")
    other.begin()
    save_session_list(other.folder, BlockList(("red",)))
    bench.preferences.blocking.use_mine(TWO)
    here, recording = bench.desk.session.folder, bench.shown.recording.name
    bench.open_session(other.folder)
    assert wait_until(lambda: bench.desk.session.folder == other.folder, 10)
    assert set(bench.engines.b.options.blocked.phrases) == {"two", "red"}
    bench.open_session(here, recording)
    assert wait_until(lambda: page.engine_text("A") == f"red grin {MASK}", 10)
    assert bench.engines.options.blocked == TWO


def test_a_list_that_cannot_be_read_is_told_for_as_long_as_it_is_so(page, tmp_path):
    desk = page.bench.preferences.blocking
    line = page.find(QLabel, "blockTrouble")
    assert not line.isVisible()
    path = tmp_path / "class.txt"
    path.write_text("grin\n/(/\n", "utf-8")
    desk.choose_class_file(str(path))
    assert wait_until(lambda: MASK in page.engine_text("A"), 5), "what can be used is in force"
    assert line.isVisible() and "“(” is not a pattern" in line.text() and "may be shown" in line.text()
    path.unlink()
    desk.read_class_lists()
    assert wait_until(lambda: "no file" in line.text(), 5)
    assert page.engine_text("A") == f"red {MASK} two" and desk.of_class.phrases == ("grin",), "what was read stays"
    path.write_text("grin\n", "utf-8")
    desk.read_class_lists()
    assert wait_until(lambda: not line.isVisible(), 5)


def test_damaged_session_lists(tmp_path):
    (tmp_path / NAME).write_text(
        '{"format": "labbench-blocklist", "version": 2, "phrases": ["two", "?!"], "patterns": ["("]}'
    )
    blocked, trouble = load_session_list(tmp_path)
    assert blocked == TWO and len(trouble) == 2
    for damage in ("{", "[]", '{"version": 99}', '{"version": 2, "phrases": 3}', '{"version": 2, "phrases": [3]}'):
        (tmp_path / NAME).write_text(damage)
        blocked, trouble = load_session_list(tmp_path)
        assert not blocked and len(trouble) == 1
    (tmp_path / "long.txt").write_bytes(b"\xff\xfe\x00")
    assert load_class_list(tmp_path / "long.txt")[1] and load_class_list(tmp_path)[1]


def test_a_pattern_without_end_holds_the_text_back_and_keeps_it_on_the_disk(page, monkeypatch):
    monkeypatch.setattr("labbench.transcript.guard.PATTERN_SECONDS", 0.02)
    bench = page.bench
    bench.desk.save()
    recording, session = bench.shown.recording, bench.desk.session
    slow = BlockList(patterns=(r"(e|e)+x\1(e|e)*(e|e)*c",))
    long = tuple(Word("e" * 3000, 0.1 + n, 0.5 + n) for n in range(2))
    from dataclasses import replace

    from labbench.session.results import save_transcript

    stored = load_results(session, recording)[0].transcript_a
    segments = (replace(stored.transcript.segments[0], text=" ".join(w.text for w in long), words=long),)
    save_transcript(session, recording, "a", replace(stored, transcript=replace(stored.transcript, segments=segments)))
    bench.preferences.blocking.use_mine(slow)
    bench.open_recording(recording)
    assert wait_until(lambda: not bench.shown.opening and bench.desk.shown == recording, 10)
    assert "eee" not in page.engine_text("A")


def test_settings_name_the_file_of_the_class(open_bench, tmp_path):
    path = tmp_path / "class.txt"
    path.write_text("grin", "utf-8")
    settings = Settings(options=Options(blocked=TWO), block_file=str(path))
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS), settings=settings)
    assert wait_until(lambda: bool(page.bench.preferences.blocking.of_class), 5)
    page.show_file(CLIP)
    assert page.engine_text("B") == f"red {MASK} {MASK}"
    assert exporting.material(page.bench).transcripts[0].text == f"red {MASK} {MASK}"
