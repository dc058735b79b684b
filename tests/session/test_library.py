"""The list of sessions: figures without opening sound, search, titles, order; damaged ones are in it too."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path

import pytest
from session_samples import filled, transcript, version_1

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken
from labbench.session.library import Entry, Library
from labbench.session.results import save_transcript
from labbench.session.store import Session


def at(folder: Path, when: int) -> None:
    """Let all of a session seem to be of one time."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (when, when))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    first, recordings = filled(home / "2026-01-02 03.04.05")
    stored = transcript("Strange STRASSE naïve")
    save_transcript(first, recordings[1], "b", stored)
    words = {"format": "labbench-words", "words": [{"name": "Jarvis", "takes": []}, {"name": "café", "takes": []}]}
    first.words_path.write_text(json.dumps(words), "utf-8")
    at(first.folder, 1_000_000)
    at(version_1(home / "old one"), 3_000_000)
    filled(home / "third", 1)[0].rename("Zebra")
    at(home / "third", 2_000_000)
    (home / ".unfinished-x" / "recordings").mkdir(parents=True)
    (home / "no session").mkdir()
    (home / "file").write_text("x")
    return home


def test_entries_in_order_with_their_figures(home: Path) -> None:
    entries = Library(home).entries()
    assert [entry.title for entry in entries] == ["old one", "Zebra", "First lesson"]
    first = entries[2]
    assert (first.recordings, first.seconds, first.words, first.wrong) == (
        2,
        0.25 + 4001 / 16_000,
        ("Jarvis", "café"),
        "",
    )
    assert first.created is not None
    assert first.created.replace(tzinfo=None) == datetime(2026, 1, 2, 3, 4, 5)
    assert first.changed.timestamp() == 1_000_000
    assert (entries[0].recordings, entries[0].created, entries[0].wrong) == (1, None, "")
    assert Library(home / "none").entries() == []


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("", ["old one", "Zebra", "First lesson"]),
        ("zeb", ["Zebra"]),
        ("ask NOT", ["Zebra", "First lesson"]),
        ("straße", ["First lesson"]),
        ("NAI\u0308VE", ["First lesson"]),
        ("jarvis lesson", ["First lesson"]),
        ("2026-01-02", ["First lesson"]),
        ("nowhere", []),
        (".*", []),
    ],
)
def test_search(home: Path, text: str, titles: list[str]) -> None:
    assert [entry.title for entry in Library(home).search(text)] == titles


def test_what_changes_is_seen_at_once(home: Path) -> None:
    library = Library(home)
    assert library.search("elephant") == []
    session = Session(home / "third")
    (recording,) = session.recordings()
    save_transcript(session, recording, "a", transcript("An elephant"))
    assert [entry.title for entry in library.search("elephant")] == ["Zebra"]
    assert library.entries()[0].title == "Zebra"  # it changed last


def test_rename_keeps_the_folder(home: Path) -> None:
    library = Library(home)
    entry = library.entries()[0]
    renamed = library.rename(entry, "  Café\nand \x07more ")
    assert (renamed.title, renamed.folder) == ("Café and more", entry.folder)
    assert library.rename(renamed, "").title == entry.folder.name
    with pytest.raises(LabBenchError, match="too long"):
        library.rename(entry, "x" * 201)


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("session.json", "{", "The session's description is damaged: its title is the folder's name."),
        ("session.json", '{"format": "labbench-session", "version": 9}', "newer version"),
        ("recordings/0001.json", "[]", "The note of recording 0001 is damaged."),
        ("words.json", '{"words": 3}', "Its taught words are damaged."),
        ("results/0001/transcript-a.json", "{", ""),
    ],
)
def test_a_damaged_one_is_listed_with_what_is_wrong(home: Path, name: str, content: str, wrong: str) -> None:
    (home / "2026-01-02 03.04.05" / name).write_text(content)
    (entry,) = (one for one in Library(home).entries() if one.folder.name.startswith("2026"))
    assert wrong in entry.wrong and bool(entry.wrong) == bool(wrong)
    assert Library(home).search("2026") == [entry]


def test_cancel(home: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        Library(home).search("x", cancel)


def test_three_hundred_sessions_are_listed_quickly(tmp_path: Path) -> None:
    import shutil

    session, _ = filled(tmp_path / "one", 1)
    for number in range(300):
        shutil.copytree(session.folder, tmp_path / "home" / str(number))
    library = Library(tmp_path / "home")
    began = time.thread_time()
    assert len(library.entries()) == 300
    first = time.thread_time() - began
    assert len(library.search("ask not")) == 300
    assert first < 3.0  # 0.1 s on an idle machine
    assert isinstance(library.entries()[0], Entry)
