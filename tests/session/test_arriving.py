"""A session that comes as one file twice is opened, not doubled; one with something else in it is told apart."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from session_samples import contents, filled, results, save_all

from labbench.core.errors import Cancelled
from labbench.core.progress import CancelToken, Progress
from labbench.session.archive import pack
from labbench.session.arriving import arrive
from labbench.session.note import NAME, read_note, write_note
from labbench.session.results import Label, ViewState, save_labels, save_view
from labbench.session.store import open_session


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def packed(tmp_path: Path, home: Path) -> Path:
    """A session of the library, in a file."""
    session, _ = filled(home / "2026-01-02 10.00.00", 2)
    pack(session.folder, tmp_path / "lesson.labsession")
    return tmp_path / "lesson.labsession"


def test_the_same_session_is_not_doubled(home: Path, packed: Path) -> None:
    before = contents(home)
    seen: list[Progress] = []
    found = arrive(packed, home, seen.append)
    assert found.folder == home / "2026-01-02 10.00.00"
    assert found.said == ["“First lesson” is in the library already: that one was opened."]
    assert contents(home) == before and seen[-1].done == seen[-1].total


def test_another_look_and_another_title_are_no_difference(home: Path, packed: Path) -> None:
    session = open_session(home / "2026-01-02 10.00.00")
    save_view(session, session.recordings()[0], ViewState((0.2, 0.3)))
    (session.folder / "recordings" / "0001.views.npz").write_bytes(b"a pyramid")
    session.rename("Renamed here")
    found = arrive(packed, home)
    assert found.folder == session.folder and found.said[0].startswith("“Renamed here” is in the library already")


def test_one_that_was_changed_since_is_told_apart(home: Path, packed: Path) -> None:
    session = open_session(home / "2026-01-02 10.00.00")
    save_labels(session, session.recordings()[0], (Label(0.1, 0.2, "set here"),))
    before = contents(session.folder)
    found = arrive(packed, home)
    assert found.folder != session.folder and contents(session.folder) == before
    assert read_note(found.folder)[0].title == "First lesson (imported)"
    assert found.said == [
        "“First lesson” is in the library already, with something else in it: the file was opened as “First lesson "
        "(imported)”."
    ]
    assert arrive(packed, home).folder == found.folder, "and this one is found again"
    save_labels(open_session(found.folder), session.recordings()[0], ())
    assert read_note(arrive(packed, home).folder)[0].title == "First lesson (imported 2)"
    assert len(list(home.iterdir())) == 3


def test_a_byte_of_sound_is_a_difference(home: Path, packed: Path) -> None:
    sound = home / "2026-01-02 10.00.00" / "recordings" / "0002.wav"
    content = bytearray(sound.read_bytes())
    content[-1] ^= 1
    sound.write_bytes(content)
    assert arrive(packed, home).folder.name == "lesson"


def test_others_of_the_same_second_are_no_kin(home: Path, packed: Path, tmp_path: Path) -> None:
    """Thirty laptops begin their sessions at once."""
    other, made = filled(tmp_path / "other" / "2026-01-02 10.00.00", 1)
    save_all(other, made[0], results())
    pack(other.folder, tmp_path / "other.labsession")
    found = arrive(tmp_path / "other.labsession", home)
    assert found.said == [] and read_note(found.folder)[0].title == "First lesson"


def test_sessions_of_earlier_programs_are_known_by_when_they_were_begun(home: Path, packed: Path) -> None:
    note = home / "2026-01-02 10.00.00" / NAME
    with zipfile.ZipFile(packed) as archive:
        assert '"id"' in archive.read(NAME).decode()
    lines = [line for line in note.read_text("utf-8").splitlines() if '"id"' not in line]
    note.write_text("\n".join(lines).replace(",\n}", "\n}"), "utf-8")
    assert arrive(packed, home).folder == home / "2026-01-02 10.00.00"


def test_the_id_stays_with_the_session(tmp_path: Path) -> None:
    session, _ = filled(tmp_path / "s", 1)
    identity = read_note(session.folder)[0].id
    write_note(session.folder, "Another title")
    assert len(identity) == 32 and read_note(session.folder)[0].id == identity


def test_cancelling_leaves_nothing(home: Path, packed: Path) -> None:
    before = contents(home)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        arrive(packed, home, cancel=cancel)
    assert contents(home) == before
