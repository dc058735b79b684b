"""Sessions every day: which one is open, doubled ones, copies nobody wanted, full disks, folders, hours of sound."""

import errno
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QStandardPaths, QTimer
from PySide6.QtWidgets import QFileDialog
from small_whisper import SPOKEN

from labbench.audio.recorder import Recorder
from labbench.core.paths import assets
from labbench.jobs.waiting import wait_until
from labbench.live.messages import Closed
from labbench.models.scripted_host import ScriptedHost
from labbench.session.archive import pack
from labbench.session.library import Library
from labbench.session.note import read_note
from labbench.session.recordings import Recording, note_path
from labbench.session.results import (
    ModelNote,
    Scores,
    StoredTranscript,
    load_results,
    save_scores,
    save_transcript,
)
from labbench.session.settings import Settings, load_settings, save_settings
from labbench.session.store import Session
from labbench.testing.page import BenchPage
from labbench.transcript.types import Segment, Transcript, Word
from labbench.ui.asking import Asking
from labbench.ui.dialogs.export_dialog import ExportDialog
from labbench.ui.dialogs.library_dialog import LibraryDialog
from labbench.ui.file_places import FilePlaces, file_name
from labbench.ui.sessions.keeping import MANY_ROWS, MANY_WORDS
from labbench.ui.sessions.library_desk import LibraryDesk
from labbench.ui.sounds.signal_view import LANE_A, LANE_B

CLIPS = assets() / "clips"
WORDS = (Word("one", 0.5, 0.9, 0.9), Word("two", 1.5, 1.9, 0.4))


@pytest.fixture
def open_light(open_bench):
    """A window whose engines read two words in everything."""
    return partial(open_bench, twin=True, make_host=partial(ScriptedHost, read=lambda samples: WORDS))


@pytest.fixture
def page(open_light):
    return open_light()


def recorded(session: Session, seconds: float = 2.0, title: str = "") -> Recording:
    path = session.next_recording()
    recorder = Recorder(path, 16_000)
    recorder.write(np.sin(np.arange(round(16_000 * seconds)) / 20).astype(np.float32) * 0.5)
    recorder.close()
    recording = Recording(path, 16_000, recorder.frames, title=title)
    session.keep(recording)
    return recording


@pytest.fixture
def lesson(labbench_home) -> Session:
    """A session in the library that has been read already."""
    session = Session(labbench_home / "sessions" / "2026-01-02 10.00.00")
    stored = StoredTranscript(Transcript("Scripted", "en", (Segment("one", 0.5, 0.9, WORDS),), 2.0, 0.1), MODEL)
    recording = recorded(session)
    for slot in ("a", "b"):
        save_transcript(session, recording, slot, stored)
    session.rename("Lesson")
    return session


MODEL = ModelNote("Scripted", "", "")


def opened(page: BenchPage, path: Path) -> None:
    before = page.bench.shown.recording
    page.bench.open_session(path)
    assert wait_until(lambda: page.bench.shown.recording not in (None, before), 20), page.notice


# Which one is open ----------------------------------------------------------------------------------------------------


def test_the_title_names_the_session(page, lesson):
    window = page.window
    assert window.windowTitle() == f"{page.bench.desk.session.folder.name} — Speech Lab Bench"
    opened(page, lesson.folder)
    assert window.windowTitle() == "Lesson — Speech Lab Bench"
    entry = next(entry for entry in Library(page.bench.home).entries() if entry.folder == lesson.folder)
    LibraryDesk(page.bench).rename(entry, "Vowels [*]")
    assert window.windowTitle() == "Vowels [*][*] — Speech Lab Bench", "what Qt shows as [*]"
    page.bench.undo.undo()
    assert window.windowTitle() == "Lesson — Speech Lab Bench"
    page.bench.sessions.new()
    assert wait_until(lambda: page.bench.desk.session.folder != lesson.folder, 10)
    assert window.windowTitle() == f"{page.bench.desk.session.folder.name} — Speech Lab Bench"


def test_renaming_another_session_leaves_the_title_alone(page, lesson):
    before = page.window.windowTitle()
    LibraryDesk(page.bench).rename(Library(page.bench.home).entries()[0], "Another")
    assert read_note(lesson.folder)[0].title == "Another" and page.window.windowTitle() == before


# Doubled ones and copies ----------------------------------------------------------------------------------------------


def test_a_file_whose_session_is_here_opens_that(page, lesson, tmp_path):
    packed = tmp_path / "from the teacher.labsession"
    pack(lesson.folder, packed)
    opened(page, packed)
    assert page.bench.desk.session.folder == lesson.folder
    assert "“Lesson” is in the library already: that one was opened." in page.notice
    page.bench.open_session(packed)
    assert wait_until(lambda: "is the one that is open" in page.notice, 10)
    assert page.bench.desk.session.folder == lesson.folder and len(Library(page.bench.home).entries()) == 1
    page.bench.axis.select((0.5, 1.0))
    page.bench.labels.add("mine")
    page.bench.sessions.new()
    opened(page, packed)
    assert page.bench.desk.title == "Lesson (imported)" and "with something else in it" in page.notice


def test_a_copy_in_which_nothing_was_changed_goes_with_its_window(open_light, lesson):
    first, second = open_light(), open_light()
    opened(first, lesson.folder)
    opened(second, lesson.folder)
    copy = second.bench.desk.session.folder
    assert copy.name == "2026-01-02 10.00.00 (copy)" and copy.exists()
    second.bench.axis.select((0.5, 1.0))  # looking is no change
    second.bench.desk.save()
    second.window.leave()
    assert not copy.exists() and lesson.folder.exists()
    third = open_light()
    opened(third, lesson.folder)
    assert third.bench.desk.session.folder == copy
    third.bench.sessions.new()
    assert wait_until(lambda: not copy.exists(), 10), "and with another session"
    opened(third, lesson.folder)
    third.bench.axis.select((0.5, 1.0))
    third.bench.labels.add("mine")
    third.window.leave()
    assert [label.text for label in load_results(Session(copy), Session(copy).recordings()[0])[0].labels] == ["mine"]


def test_a_session_that_was_left_is_free(page, lesson):
    opened(page, lesson.folder)
    page.bench.sessions.new()
    assert wait_until(lambda: page.bench.desk.session.folder != lesson.folder, 10)
    with Session(lesson.folder) as other:
        other.hold()


def test_opening_a_session_is_told_and_can_be_cancelled(page, lesson):
    told = []
    page.bench.desk.busy_changed.connect(told.append)
    before = page.bench.desk.session
    page.bench.open_session(lesson.folder)
    assert page.bench.desk.opening and told[0][0] == "Opening 2026-01-02 10.00.00"
    assert page.window.status_line.cancel.isVisible()
    page.window.status_line.cancel.click()
    assert not page.bench.desk.opening and told[-1] is None and not page.window.status_line.cancel.isVisible()
    assert wait_until(lambda: not page.bench.jobs.running, 10)
    assert page.bench.desk.session is before and page.bench.shown.recording is None
    with Session(lesson.folder) as other:  # nothing is held
        other.hold()


# Full disks -----------------------------------------------------------------------------------------------------------


def no_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_why_the_recording_ended_stays_in_view_and_its_note_is_written_later(open_light, monkeypatch):
    page = open_light(real_time=True)
    bench = page.bench
    bench.use_demo()
    assert wait_until(lambda: bench.sound.seconds > 0.5, 10)
    running = bench.sound.running
    told = []
    bench.notices.error.connect(told.append)
    note = note_path(running.record_to)
    with monkeypatch.context() as patched:
        patched.setattr("labbench.session.disk.os.fsync", no_room)
        frames = 8000
        reason, hint = "No room is left on the disk for 0001.wav.", "What was recorded so far is kept."
        bench.sound._take_in(Closed(running.record_to, running.rate, frames, 0, reason, hint))
        assert page.notice.startswith(reason)
        bench.axis.select((0.1, 0.2))
        bench.desk.save()
        bench.desk.save()
        assert page.notice.startswith(reason) and not note.exists()
        assert [error.message for error in told] == [reason], "and nothing else is"
        assert Session(bench.desk.session.folder).interrupted() == [running.record_to], "it would be offered again"
    assert bench.desk._retry.isActive()
    bench.desk._retry.timeout.emit()
    assert note.exists() and page.notice.startswith(reason)
    recording = bench.desk.session.recordings()[0]
    assert not recording.recovered and recording.source
    assert load_results(bench.desk.session, recording)[0].view.selection == (0.1, 0.2)


def test_what_cannot_be_saved_is_told_once_and_tried_again(page, monkeypatch):
    page.show_file(SPOKEN / "digits_short.flac")
    page.bench.desk.save()
    told = []
    page.bench.notices.error.connect(told.append)
    with monkeypatch.context() as patched:
        patched.setattr("labbench.session.disk.os.fsync", no_room)
        page.bench.axis.select((0.5, 1.0))
        for _ in range(3):
            page.bench.desk.save()
        assert [error.message for error in told] == ["No room is left on the disk for view.json."]
        page.bench.desk.leave()
        assert len(told) == 2, "what is lost for good is told again"


# Folders --------------------------------------------------------------------------------------------------------------


def test_dialogs_begin_where_one_was_last(open_light, lesson, tmp_path, monkeypatch):
    kept = tmp_path / "settings.json"
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda place: str(tmp_path / place.name))
    for name in ("MusicLocation", "DocumentsLocation", "class"):
        (tmp_path / name).mkdir()
    page = open_light(save_settings=partial(save_settings, kept))
    opened(page, lesson.folder)
    begun = []
    answers = [str(tmp_path / "class" / "out.labsession"), str(tmp_path / "class" / "new.wav"), "", "", "", ""]

    def one(_parent, _title, begin, _kinds):
        begun.append(Path(begin).relative_to(tmp_path).as_posix())
        return answers[len(begun) - 1], ""

    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, one)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *given: ([], one(*given)[1]))
    asking: Asking = page.window.asking
    asking.pack_session()
    dialog = ExportDialog(page.window)
    dialog._ask()
    asking.pack_session()
    asking.files()
    asking.where_words()
    LibraryDialog(page.window, lambda folder: None)._import()
    assert begun == [
        "DocumentsLocation/Lesson.labsession",
        "DocumentsLocation/Lesson 0001.wav",
        "class/Lesson.labsession",
        "MusicLocation",
        "DocumentsLocation/Lesson words.json",
        "class",
    ]
    assert wait_until(lambda: not page.bench.jobs.running, 10)
    settings = load_settings(kept)[0]
    assert dict(settings.folders) == {"sessions": str(tmp_path / "class"), "exports": str(tmp_path / "class")}
    again = open_light(settings=settings)
    assert FilePlaces(again.bench).folder("sessions") == tmp_path / "class"
    (tmp_path / "class" / "out.labsession").unlink()
    (tmp_path / "class" / "new.wav").unlink()
    (tmp_path / "class").rmdir()
    assert FilePlaces(again.bench).folder("sessions") == tmp_path / "DocumentsLocation", "it is there no more"


def test_damaged_folders_in_the_settings_cost_only_themselves(tmp_path):
    path = tmp_path / "settings.json"
    save_settings(path, Settings(theme="light", folders=(("sounds", "/a"),)))
    assert load_settings(path)[0].folders == (("sounds", "/a"),)
    path.write_text(path.read_text("utf-8").replace('"/a"', "7"), "utf-8")
    settings, lost = load_settings(path)
    assert settings == Settings(theme="light") and "folders" in lost[0]


@pytest.mark.parametrize(
    ("title", "name"),
    [("Lesson 1: a/b?", "Lesson 1 a b"), ("...", "Untitled"), ("x" * 300, "x" * 120), ("été", "été")],
)
def test_titles_become_names_of_files(title, name):
    assert file_name(title, ".wav") == f"{name}.wav"


# Hours of sound -------------------------------------------------------------------------------------------------------


@pytest.fixture
def long_lesson(lesson) -> Session:
    """As many words and distances as an hour has, in a short sound."""
    recording = lesson.recordings()[0]
    many = tuple(Word(f" w{number}", number / 2000, (number + 1) / 2000, 0.5) for number in range(MANY_WORDS + 1))
    said = Transcript("Scripted", "en", (Segment("many", 0.0, 2.0, many),), 2.0, 0.1)
    for slot in ("a", "b"):
        save_transcript(lesson, recording, slot, StoredTranscript(said, MODEL))
    rows = MANY_ROWS + 1
    distances = np.random.default_rng(1).uniform(0.9, 1.1, (rows, 1)).astype(np.float32)
    gaps, muted = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    save_scores(
        lesson, recording, Scores(("lights",), (0.6,), np.arange(1, rows + 1), distances, gaps, muted, (), MODEL)
    )
    return lesson


def test_hours_of_words_are_read_in_a_thread_and_drawn_in_steps(page, long_lesson, monkeypatch):
    bench, lanes = page.bench, page.window.signal.lanes
    read_in = []
    original = load_results
    monkeypatch.setattr(
        "labbench.ui.sessions.session_desk.load_results",
        lambda *given: (read_in.append(bench.thread().isCurrentThread()), original(*given))[1],
    )
    turns, steps = QTimer(), []
    turns.setInterval(0)
    turns.timeout.connect(
        lambda: steps.append((len(lanes.marks(LANE_A)), len(lanes.marks(LANE_B)), len(bench.scores.frames)))
    )
    turns.start()
    opened(page, long_lesson.folder)
    before = [path.stat().st_mtime_ns for path in sorted(long_lesson.folder.glob("results/*/[st]*"))]
    bench.desk.save()  # in the middle of it
    assert wait_until(lambda: not bench.keeping.restoring, 10)
    turns.stop()
    assert read_in == [False]
    words, rows = MANY_WORDS + 1, MANY_ROWS + 1
    assert list(dict.fromkeys(steps))[-4:-1] == [(0, 0, 0), (words, 0, 0), (words, words, 0)]
    assert (len(lanes.marks(LANE_B)), len(bench.scores.frames)) == (words, rows)
    bench.desk.save()
    after = [path.stat().st_mtime_ns for path in sorted(long_lesson.folder.glob("results/*/[st]*"))]
    assert after == before, "what was read is not written again"


def test_another_sound_in_the_middle_of_it(page, long_lesson):
    opened(page, long_lesson.folder)
    assert page.bench.keeping.restoring
    page.bench.sessions.new()
    assert wait_until(lambda: page.bench.desk.session.folder != long_lesson.folder, 10)
    assert not page.bench.keeping.restoring and page.bench.scores.frames == []
    results = load_results(long_lesson, long_lesson.recordings()[0])[0]
    assert len(results.scores.index) == MANY_ROWS + 1 and results.transcript_b is not None


def test_what_was_changed_while_it_was_read_is_not_lost(page, lesson):
    opened(page, lesson.folder)
    recording = page.bench.shown.recording
    task = page.bench.desk.reading(recording)
    task(lambda progress: None, None)
    page.bench.axis.select((0.5, 1.0))
    page.bench.labels.add("in the meantime")
    page.bench.desk.save()
    assert [label.text for label in page.bench.desk.show(recording).labels] == ["in the meantime"]


def test_what_a_killed_program_left_is_swept_at_the_start_and_at_opening(page, lesson):
    old = lesson.folder / "words.json.part"
    half = page.bench.home / ".unfinished-0123"
    half.mkdir()
    old.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    opened(page, lesson.folder)
    assert not old.exists() and half.exists()
    page.bench.desk.look_for_interrupted(page.bench.home)
    assert wait_until(lambda: not half.exists(), 10)
