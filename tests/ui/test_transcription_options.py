"""Options of transcription in the window, what is never shown, and text that comes while it is read."""

from typing import ClassVar

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QPushButton
from small_whisper import SPOKEN

from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import load_results
from labbench.session.settings import Settings, load_settings, save_settings
from labbench.transcript.engine import Options, Partial
from labbench.transcript.guard import MASK, BlockList
from labbench.transcript.option_table import SETTINGS
from labbench.transcript.types import Segment, Transcript, Word
from labbench.ui.dialogs.options_dialog import SECTIONS, OptionsDialog
from labbench.ui.transcripts.transcribing import EngineState

CLIP = SPOKEN / "digits_short.flac"
FIRST, SECOND = Segment(" One", 0.5, 0.9, (Word("One", 0.5, 0.9),)), Segment(" two", 1.0, 1.4, (Word("two", 1.0, 1.4),))


class Halting(ScriptedHost):
    """Reads a first segment, and then nothing until it is stopped; goes on with the second. Keeps what it was asked."""

    asked: ClassVar[list[tuple[Options, Transcript | None]]] = []

    def transcribe(self, samples, options, on_progress, cancel, stopped=None):
        self.asked.append((options, stopped))
        if stopped is None:
            part = Transcript(self.spec.title, "en", (FIRST,), 3.0, 0.1, heard=1.0)
            on_progress(Partial(1.0, 3.0, "s", transcript=part))
            cancel.wait(60)
            cancel.check()
        return Transcript(self.spec.title, "en", (*stopped.segments, SECOND), 3.0, 0.2)


@pytest.fixture
def options(open_bench):
    """A window with the dialog open, and what it saves."""
    saved = []
    page = open_bench(twin=True, make_host=ScriptedHost, save_settings=saved.append)
    page.act("actionOptions")
    dialog = page.window.findChild(OptionsDialog, "optionsDialog")
    assert dialog is not None
    return page, dialog, saved


def written(dialog, name, text):
    field = dialog.findChild(QLineEdit, f"option-{name}")
    field.setFocus()
    field.clear()
    field.insert(text)  # keyClicks knows ASCII only
    field.editingFinished.emit()


def test_every_option_is_there_with_a_word_on_it(options):
    _, dialog, _ = options
    assert sorted(name for _, names in SECTIONS for name in names) == sorted(setting.name for setting in SETTINGS)
    for setting in SETTINGS:
        kind = QComboBox if setting.kind in ("choice", "flag") else QLineEdit
        field = dialog.findChild(kind, f"option-{setting.name}")
        assert field.toolTip() == setting.says and field.accessibleName() == setting.title


def test_changes_apply_and_are_kept(options, tmp_path):
    page, dialog, saved = options
    written(dialog, "beam_size", "3")
    written(dialog, "initial_prompt", "Zoë, Łódź")
    box = dialog.findChild(QComboBox, "option-task")
    box.setCurrentText("translate")
    box.activated.emit(box.currentIndex())
    for slot in page.bench.engines.slots:
        assert (slot.options.beam_size, slot.options.initial_prompt, slot.options.task) == (3, "Zoë, Łódź", "translate")
    save_settings(tmp_path / "settings.json", saved[-1])
    again, lost = load_settings(tmp_path / "settings.json")
    assert not lost and again.options == page.bench.engines.options
    dialog.findChild(QPushButton, "optionsReset").click()
    assert page.bench.engines.options == Options() and saved[-1].options == Options()


def test_what_cannot_be_used_changes_nothing(options):
    page, dialog, _ = options
    written(dialog, "temperatures", "warm")
    assert page.bench.engines.options == Options() and "can't be used" in page.text("optionSays")
    written(dialog, "beam_size", "off")
    written(dialog, "patience", "2")
    assert "Patience needs beams." in page.text("optionSays")
    assert page.bench.engines.options.patience is None


def test_damaged_options_are_the_usual_ones(tmp_path):
    path = tmp_path / "settings.json"
    save_settings(path, Settings(options=Options(beam_size=2, blocked=BlockList(("one",), ("t.o",)))))
    assert load_settings(path)[0].options == Options(beam_size=2, blocked=BlockList(("one",), ("t.o",)))
    path.write_text(path.read_text("utf-8").replace('"2"', '"two"'), "utf-8")
    settings, lost = load_settings(path)
    kept = BlockList(("one",), ("t.o",))
    assert settings.options == Options(blocked=kept) and "options" in lost[0], "what is blocked stays so"


def test_what_is_blocked_leaves_every_view_and_comes_no_more(open_bench):
    page = open_bench(twin=True)
    page.show_file(CLIP)
    assert "two" in page.engine_text("A")
    page.act("actionOptions")
    dialog = page.window.findChild(OptionsDialog, "optionsDialog")
    blocked = dialog.findChild(QPlainTextEdit, "optionBlocked")
    blocked.setPlainText("T.W.O\n/fi.e/")
    dialog.reject()
    lanes = page.window.signal.lanes
    for again in (False, True):
        if again:
            page.act("actionTranscribe")
            assert wait_until(lambda: all(s.state is EngineState.IDLE for s in page.bench.engines.slots), 60)
        assert page.engine_text("A") == f"{MASK} eight {MASK} nine"
        assert [mark.text for mark in lanes.marks(0)] == [MASK, "eight", MASK, "nine"]
        assert "2 blocked" in page.text("engineAState")
    page.bench.desk.save()
    kept = load_results(page.bench.desk.session, page.bench.shown.recording)[0].transcript_a.transcript
    assert "two" not in kept.text and not any(segment.tokens for segment in kept.segments)


def test_text_comes_while_it_is_read_stays_when_stopped_and_goes_on(open_bench):
    Halting.asked = []
    page = open_bench(twin=True, make_host=Halting)
    page.bench.open_file(CLIP)
    slots = page.bench.engines.slots
    assert wait_until(lambda: page.engine_text("A") == page.engine_text("B") == "One", 30)
    assert [mark.text for mark in page.window.signal.lanes.marks(0)] == ["One"]
    page.click("engineACancel")
    assert slots[0].state is EngineState.IDLE and slots[1].state is EngineState.TRANSCRIBING
    assert page.engine_text("A") == "One" and page.text("engineAState") == "stopped at 1 s"
    assert page.find(QPushButton, "engineAGoOn").isVisible() and not page.find(QPushButton, "engineBGoOn").isVisible()
    page.click("engineAGoOn")
    assert wait_until(lambda: slots[0].state is EngineState.IDLE, 30)
    assert page.engine_text("A") == "One two" and not page.find(QPushButton, "engineAGoOn").isVisible()
    assert Halting.asked[-1][1].heard == 1.0
    page.click("engineBCancel")


def test_stopping_a_second_reading_keeps_the_first(open_bench):
    page = open_bench(twin=True, make_host=Halting)
    page.bench.open_file(CLIP)
    slot = page.bench.engines.a
    assert wait_until(lambda: page.engine_text("A") == "One", 30)
    whole = Transcript("Whole", "en", (FIRST, SECOND), 3.0, 0.1)
    slot.show(whole)
    page.bench.reading.transcribe_again()
    assert wait_until(lambda: page.engine_text("A") == "One", 30)
    page.click("engineACancel")
    assert slot.transcript is whole and page.engine_text("A") == "One two"
    page.bench.engines.b.cancel()
