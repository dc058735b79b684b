"""Edits that can be undone: transcripts made again or deleted, labels edited; what fails leaves nothing to undo."""

from functools import partial

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QInputDialog, QLineEdit
from small_whisper import SPOKEN

from labbench.audio.source import FileSpec
from labbench.core.errors import LabBenchError
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live import messages
from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import load_results
from labbench.transcript.types import Word
from labbench.ui.sessions import session_tasks
from labbench.ui.sounds.signal_view import LANE_LABELS
from labbench.ui.sounds.sources import SourceChoice, demo_source
from labbench.ui.transcripts import reading
from labbench.ui.transcripts.transcribing import EngineState

CLIPS = assets() / "clips"
ONE, TWO = (Word("One", 0.5, 0.9),), (Word("two", 1.0, 1.4),)


class Changing:
    """What a scripted engine reads: `words`, which may change."""

    def __init__(self):
        self.words = ONE

    def __call__(self, samples):
        return self.words


@pytest.fixture
def read():
    return Changing()


@pytest.fixture
def page(open_bench, read):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=read))
    page.show_file(SPOKEN / "digits_short.flac")
    return page


def texts(page):
    return page.engine_text("A"), page.engine_text("B")


def kept(page):
    page.bench.desk.save()
    found = load_results(page.bench.desk.session, page.bench.shown.recording)[0]
    return tuple(one.transcript.text if one is not None else None for one in (found.transcript_a, found.transcript_b))


def again(page, read, words):
    read.words = words
    before = page.bench.undo.count()
    page.act("actionTranscribe")
    idle = EngineState.IDLE
    slots = page.bench.engines.slots
    assert wait_until(lambda: page.bench.undo.count() == before + 2 and all(s.state is idle for s in slots), 20)


# Transcripts ----------------------------------------------------------------------------------------------------------


def test_the_first_transcript_is_nothing_to_undo(page):
    assert texts(page) == ("One", "One") and not page.bench.undo.canUndo()


def test_transcribing_again_can_be_undone_for_each_engine(page, read):
    again(page, read, TWO)
    assert texts(page) == ("two", "two") == kept(page)
    assert page.bench.undo.undoText().startswith("Transcribe again (")
    page.act("actionUndo")
    assert sorted(texts(page)) == ["One", "two"]
    page.act("actionUndo")
    assert texts(page) == ("One", "One") == kept(page)
    page.act("actionRedo")
    page.act("actionRedo")
    assert texts(page) == ("two", "two") == kept(page)


def test_what_was_made_again_can_be_undone_while_another_sound_is_shown(page, read):
    first = page.bench.shown.recording
    again(page, read, TWO)
    page.show_file(CLIPS / "speech_short.flac")
    page.act("actionUndo")
    page.act("actionUndo")
    assert texts(page) == ("two", "two"), "what is shown is another recording's"
    page.bench.open_recording(first)
    assert wait_until(lambda: page.bench.shown.recording == first and texts(page) == ("One", "One"), 20)


def test_a_transcript_that_is_deleted_is_gone_from_the_session_until_that_is_undone(page):
    page.act("actionDeleteTranscripts")
    assert texts(page) == ("", "") and kept(page) == (None, None)
    assert "Delete the transcripts. Edit, Undo takes it back." in page.text("status")
    page.act("actionUndo")
    assert texts(page) == ("One", "One") == kept(page)
    page.act("actionRedo")
    assert kept(page) == (None, None)
    page.act("actionDeleteTranscripts")
    assert "no transcript" in page.notice and page.bench.undo.count() == 1


# Labels ---------------------------------------------------------------------------------------------------------------


def answer(page, text):
    dialog = page.find(QInputDialog, "labelDialog")
    field = dialog.findChild(QLineEdit, "labelText")
    before = field.text()
    field.setText(text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert wait_until(lambda: page.window.findChild(QInputDialog, "labelDialog") is None, 10)
    return before


def in_lane(page, lane, seconds):
    """The place of a moment in a lane."""
    lanes = page.window.signal.lanes
    rows = lanes._rows
    x = lanes._x(seconds)
    return QPointF(x, (rows.index(lane) + 0.5) * lanes.height() / len(rows)).toPoint()


def labelled(page):
    return [(label.text, label.start, label.end) for label in page.bench.keeping.labels]


def with_labels(page):
    for span, text in (((0.5, 1.0), "first"), ((1.2, 2.0), "second")):
        page.bench.axis.select(span)
        page.bench.labels.add(text)
    page.bench.axis.select(None)


def test_a_double_click_on_a_label_edits_its_text(page):
    with_labels(page)
    lanes = page.window.signal.lanes
    assert wait_until(lambda: lanes.height() >= lanes.sizeHint().height(), 10)
    QTest.mouseDClick(lanes, Qt.MouseButton.LeftButton, pos=in_lane(page, LANE_LABELS, 1.25))
    assert answer(page, "changed") == "second"
    assert labelled(page) == [("first", 0.5, 1.0), ("changed", 1.2, 2.0)]
    assert [mark.text for mark in lanes.marks(LANE_LABELS)] == ["first", "changed"]
    page.act("actionUndo")
    assert labelled(page)[1][0] == "second"


def test_f2_edits_the_selected_label_and_says_so_where_there_is_none(page):
    page.act("actionEditLabel")
    assert "No label is selected" in page.notice
    with_labels(page)
    assert page.window.menus.actions["actionEditLabel"].shortcut().toString() == "F2"
    page.bench.axis.select((0.5, 1.0))
    page.act("actionEditLabel")
    assert answer(page, "  ") == "first", "an empty text changes nothing"
    assert labelled(page)[0][0] == "first" and page.bench.undo.undoText() == "Label"
    page.act("actionEditLabel")
    answer(page, "new")
    assert labelled(page)[0] == ("new", 0.5, 1.0) and page.bench.undo.undoText() == "Edit label"


def test_labels_are_imported_by_the_menu(page, tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("0.5\t0.9\tone\n1\t1.4\ttwo\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a.txt"), ""))
    page.act("actionImportLabels")
    assert [label[0] for label in labelled(page)] == ["one", "two"] and "2 labels from a.txt" in page.notice
    page.act("actionUndo")
    assert labelled(page) == []
    (tmp_path / "a.txt").write_bytes(b"\x00\xff\xfe\x01")
    page.act("actionImportLabels")
    assert "a.txt" in page.notice and labelled(page) == []


# What fails -----------------------------------------------------------------------------------------------------------


def test_a_recording_that_cannot_be_thrown_away_stays_and_nothing_is_to_be_undone(page, monkeypatch):
    def refuse(path):
        raise LabBenchError(f"{path.name} could not be moved to the trash.", "Delete it in the file manager.")

    monkeypatch.setattr(session_tasks, "to_trash", refuse)
    recording = page.bench.shown.recording
    page.act("actionTrash")
    assert "could not be moved" in page.notice and "takes it back" not in page.text("status")
    assert not page.bench.undo.canUndo() and recording.path.exists()
    assert wait_until(lambda: page.bench.shown.recording == recording and texts(page) == ("One", "One"), 20)


@pytest.fixture
def silence(tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(4 * 16_000, np.float32), 16_000)
    return FileSpec(tmp_path / "silence.wav", "Silence", stepped=True)


def take_of(page, word, source):
    """Asks for a take, in vain, and stops."""
    page.bench.words.record_take(word, source)
    assert wait_until(lambda: page.bench.teaching.listening, 10)
    assert page.bench.teaching.word(word) is not None, "as long as it is waited for"
    page.bench.stop()
    assert wait_until(lambda: "No word was heard" in page.notice and not page.bench.busy, 20)


def test_a_word_whose_first_take_failed_does_not_stay(page, silence):
    take_of(page, "computer", silence)
    box = page.find(QComboBox, "wordChoice")
    assert page.bench.teaching.words == () and box.count() == 0 and not page.bench.undo.canUndo()


def test_nor_does_one_whose_file_could_not_be_read(page, tmp_path):
    teaching = page.bench.teaching
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    teaching.teach_files("lamp", [tmp_path / "bad.wav"])
    assert teaching.word("lamp") is not None, "as long as it is being read"
    assert wait_until(lambda: "bad.wav" in page.notice, 20)
    assert teaching.words == () and not page.bench.undo.canUndo()


def test_undoing_the_first_take_leaves_no_empty_word(page):
    page.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    page.act("actionUndo")
    assert page.bench.teaching.words == ()
    page.act("actionRedo")
    assert len(page.bench.teaching.word("computer").takes) == 1


def test_a_word_with_takes_stays_when_one_more_fails(page, silence):
    page.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    take_of(page, "computer", silence)
    assert len(page.bench.teaching.word("computer").takes) == 1


# What is told ---------------------------------------------------------------------------------------------------------


def test_a_hint_takes_no_notice_away(page, monkeypatch):
    page.teach("computer", [CLIPS / "takes" / "computer_1.flac"])
    assert wait_until(lambda: page.bench.keeping.matches and not page.bench.scores.running, 20)
    monkeypatch.setattr(reading, "LONG_SECONDS", 0.1)
    page.bench.notices.error.emit(LabBenchError("The disk is full.", "What was recorded is kept."))
    page.bench.teaching.remove_take("computer", 0)
    page.teach("computer", [CLIPS / "takes" / "computer_2.flac"])
    page.teach("computer", [CLIPS / "takes" / "computer_3.flac"])
    assert wait_until(lambda: "Search the whole sound" in page.text("status"), 20)
    assert "The disk is full." in page.notice
    page.window.notice.hide()
    page.bench.reading.search_soon()
    assert wait_until(lambda: "Search the whole sound" in page.notice, 10)


def test_the_sources_tell_their_own_names(page):
    toolbar = page.window.toolbar
    toolbar.set_sources([SourceChoice("Headset", demo_source(), "hw:1,0, ALSA, 2 channels"), *toolbar._choices])
    assert toolbar.source.itemData(0, Qt.ItemDataRole.ToolTipRole) == "hw:1,0, ALSA, 2 channels"


def test_distances_that_were_kept_are_used_as_arrays(page):
    page.teach("computer", [CLIPS / "takes" / f"computer_{number}.flac" for number in (1, 2)])
    bench = page.bench
    assert wait_until(lambda: bench.keeping.matches and not bench.scores.running and len(bench.scores.frames) > 0, 20)
    made, near = bench.scores.hops, bench.scores.near_misses
    assert made.index.tolist() == [frame.index for frame in bench.scores.frames]
    assert made.distances.tolist() == [list(frame.distances) for frame in bench.scores.frames]
    times, drawn = page.window.strip.held("computer")
    assert np.array_equal(times, made.index / 16_000) and np.array_equal(drawn, made.distances[:, 0], equal_nan=True)
    recording = bench.shown.recording
    page.show_file(CLIPS / "speech_short.flac")
    bench.open_recording(recording)
    assert wait_until(lambda: bench.shown.recording == recording and len(bench.scores.frames) == len(made.index), 20)
    assert bench.scores.hops is bench.scores.hops
    assert np.allclose(bench.scores.hops.distances, made.distances, atol=1e-6, equal_nan=True)
    assert [miss.word for miss in bench.scores.near_misses] == [miss.word for miss in near]
    bench.sound.spotted.emit(messages.Spotted(bench.scores.frames[-1], (), 0.0))
    assert len(bench.scores.hops.index) == len(made.index) + 1, "one more came"
