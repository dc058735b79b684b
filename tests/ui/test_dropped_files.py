"""What is dropped onto the window, the queue that many files go through, and what is kept of one that was stopped."""

import shutil
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from small_whisper import SPOKEN

from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.models.scripted_host import ScriptedHost
from labbench.session.results import load_results
from labbench.transcript.engine import Partial
from labbench.transcript.types import Segment, Transcript, Word
from labbench.ui.dialogs.queue_dialog import QueueDialog
from labbench.ui.file_queue import FileState
from labbench.ui.transcripts.transcribing import EngineState

CLIPS = assets() / "clips"
WORDS = (Word("One", 0.5, 0.9), Word("two", 1.0, 1.4))


@pytest.fixture
def page(open_bench):
    return open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))


def drop(page, *paths):
    """As the file manager does: enter, then let go over the views."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(page.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page.window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, left, none))


def shown(page, title):
    return wait_until(lambda: getattr(page.bench.shown.recording, "title", "") == title, 20)


def test_one_file(page):
    drop(page, SPOKEN / "digits_short.flac")
    assert shown(page, "digits_short") and not page.bench.queue.files


def test_several_files_go_to_the_queue(page):
    drop(page, SPOKEN / "digits_short.flac", CLIPS / "speech_short.flac")
    assert page.window.findChild(QueueDialog, "queueDialog").isVisible()
    assert wait_until(lambda: page.bench.queue.left == 0, 30)
    assert [file.state for file in page.bench.queue.files] == [FileState.DONE] * 2


def test_a_folder_of_sounds(page, tmp_path):
    folder = tmp_path / "lesson"
    (folder / "inner").mkdir(parents=True)
    for path in (CLIPS / "speech_short.flac", SPOKEN / "digits_short.flac"):
        shutil.copy(path, folder)
    (folder / "notes.pdf").write_bytes(b"%PDF")
    (folder / "LOUD.WAV").mkdir()
    drop(page, folder)
    assert [file.path.name for file in page.bench.queue.files] == ["digits_short.flac", "speech_short.flac"]
    assert wait_until(lambda: page.bench.queue.left == 0, 30)
    assert [file.state for file in page.bench.queue.files] == [FileState.DONE] * 2


def test_a_folder_without_sounds_says_so(page, tmp_path):
    (tmp_path / "empty").mkdir()
    drop(page, tmp_path / "empty")
    assert "There is no sound in empty." in page.notice and not page.bench.queue.files and not page.bench.shown.opening


def test_a_session_as_folder_and_as_one_file(page, tmp_path):
    page.show_file(SPOKEN / "digits_short.flac")
    folder, packed = page.bench.desk.session.folder, tmp_path / "lesson.labsession"
    page.bench.sessions.pack(packed)
    assert wait_until(packed.exists, 20)
    for dropped in (folder, packed):
        page.act("actionNewSession")
        assert page.bench.shown.recording is None
        drop(page, dropped)
        assert shown(page, "digits_short"), dropped.name


def test_labels_for_what_is_shown(page, tmp_path):
    page.show_file(SPOKEN / "digits_short.flac")
    (tmp_path / "a.txt").write_text("0.5\t0.9\tone\n")
    drop(page, tmp_path / "a.txt")
    assert [label.text for label in page.bench.keeping.labels] == ["one"] and page.bench.undo.canUndo()


def texts(page):
    return [label.text for label in page.bench.keeping.labels]


def test_a_sound_and_its_labels_together(page, tmp_path):
    """The labels wait for their sound, and are not given to the one that is shown meanwhile."""
    page.show_file(CLIPS / "speech_short.flac")
    first = page.bench.shown.recording
    (tmp_path / "a.txt").write_text("0.5\t0.9\tone\n")
    for order in ((0, 1), (1, 0)):
        both = (SPOKEN / "digits_short.flac", tmp_path / "a.txt")
        drop(page, *(both[number] for number in order))
        assert texts(page) == [] and page.bench.shown.opening
        assert shown(page, "digits_short") and wait_until(lambda: texts(page) == ["one"], 10)
        page.bench.open_recording(first)
        assert wait_until(lambda: page.bench.shown.recording == first, 20) and texts(page) == []


def test_labels_of_a_sound_that_cannot_be_opened_go_to_no_other(page, tmp_path):
    page.show_file(SPOKEN / "digits_short.flac")
    (tmp_path / "a.txt").write_text("0.5\t0.9\tone\n")
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    drop(page, tmp_path / "bad.wav", tmp_path / "a.txt")
    assert wait_until(lambda: "bad.wav" in page.notice, 20)
    page.show_file(CLIPS / "speech_short.flac")
    assert texts(page) == [] and not page.bench.undo.canUndo()


def test_labels_beside_several_sounds_are_left_out_and_that_is_said(page, tmp_path):
    (tmp_path / "a.txt").write_text("0.5\t0.9\tone\n")
    drop(page, SPOKEN / "digits_short.flac", CLIPS / "speech_short.flac", tmp_path / "a.txt")
    assert "labels were left out" in page.notice
    assert wait_until(lambda: page.bench.queue.left == 0, 30) and texts(page) == []


class SlowHost(ScriptedHost):
    """Reads the first two words, and then goes on until it is cancelled."""

    def transcribe(self, samples, options, on_progress, cancel, *_):
        segment = Segment("One two", 0.5, 1.4, WORDS)
        on_progress(Partial(1.5, len(samples) / 16_000, "s", transcript=Transcript("Slow", "en", (segment,), 3.0, 0.1)))
        cancel.wait(60)
        cancel.check()
        return super().transcribe(np.zeros(0, np.float32), options, on_progress, cancel)


def test_what_was_read_before_the_queue_was_cancelled_is_kept_as_unfinished(open_bench):
    page = open_bench(twin=True, make_host=SlowHost)
    bench = page.bench
    came = []
    for slot in bench.engines.slots:
        slot.progressed.connect(came.append)
    bench.queue.add([SPOKEN / "digits_short.flac", CLIPS / "speech_short.flac"])
    assert wait_until(lambda: len(came) == 2, 20)
    bench.queue.cancel()
    assert all(slot.state is EngineState.IDLE for slot in bench.engines.slots)
    assert [(file.state, file.note) for file in bench.queue.files] == [
        (FileState.CANCELLED, "unfinished, the first 2 words are kept")
    ]
    assert page.engine_text("A") == page.engine_text("B") == "One two"
    bench.desk.save()
    kept = load_results(bench.desk.session, bench.shown.recording)[0]
    for stored in (kept.transcript_a, kept.transcript_b):
        assert stored.transcript.text == "One two" and stored.transcript.heard == 1.5, "it says how far it reaches"


def test_cancelling_puts_no_part_in_place_of_a_whole(open_bench):
    page = open_bench(twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS * 2))
    page.show_file(SPOKEN / "digits_short.flac")
    slot = page.bench.engines.a
    whole = slot.transcript
    part = Transcript("Slow", "en", (Segment("One", 0.5, 0.9, WORDS[:1]),), 3.0, 0.1)
    slot.progressed.emit(Partial(1.5, 3.0, "s", transcript=part))
    page.bench.queue.add([CLIPS / "speech_short.flac"])
    page.bench.queue.cancel()
    assert slot.transcript is whole
