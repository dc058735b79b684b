"""What a killed program left half done is removed; nothing that somebody is at work on, and never a recording."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from session_samples import contents, filled, record

from labbench.session.placing import place
from labbench.session.store import Session, interrupted_sessions
from labbench.session.sweeping import sweep_home, sweep_session

FILLER = """
import sys
from pathlib import Path
from labbench.session.placing import place

def fill(folder):
    (folder / "half").write_bytes(b"half")
    print(folder.name, flush=True)
    sys.stdin.read()

place(Path(sys.argv[1]), "copy", fill)
"""
LATER = time.time() + 10 * 86_400  # long after: the module may be read many minutes before a test runs


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


def test_half_a_copy_is_swept_once_its_process_is_dead(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FILLER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as filler:
        assert filler.stdout is not None
        name = filler.stdout.readline().decode().strip()
        assert sweep_home(home, now=LATER) == [] and (home / name / "half").exists(), "it lives"
        filler.kill()
    assert (home / name / "half").exists()
    assert sweep_home(home) == [home / name]
    assert list(home.iterdir()) == []


def test_what_is_placed_leaves_no_lock(home: Path) -> None:
    made = place(home, "whole", lambda folder: (folder / "a").write_bytes(b"a") and None)
    assert [path.name for path in home.iterdir()] == ["whole"] and [path.name for path in made.iterdir()] == ["a"]


def test_files_half_written_are_swept_and_nothing_else(home: Path) -> None:
    session, _ = filled(home / "s", 1)
    interrupted = record(session.next_recording())
    before = contents(home)
    parts = [session.folder / name for name in ("words.json.part", "recordings/0007.wav.part")]
    parts.append(session.folder / "results" / "0001" / "scores.npz.part")
    for path in parts:
        path.write_bytes(b"half")
    assert sweep_home(home) == [], "just written: somebody may still be at it"
    assert sorted(sweep_home(home, now=LATER)) == sorted(parts)
    assert contents(home) == before
    assert [one.interrupted() for one in interrupted_sessions(home)] == [[interrupted]], "it is still offered"


def test_a_session_that_is_open_is_left_to_its_own_window(home: Path) -> None:
    session, _ = filled(home / "s", 1)
    part = session.folder / "words.json.part"
    part.write_bytes(b"half")
    with Session(session.folder) as other:
        other.hold()
        assert sweep_home(home, now=LATER) == [] and part.exists()
        assert sweep_session(session.folder, LATER) == [part]


def test_links_and_foreign_files_stay(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a").write_bytes(b"a")
    (home / ".unfinished-link").symlink_to(tmp_path / "mine")
    (home / "film.part").write_bytes(b"of another program")
    assert sweep_home(home, now=LATER) == [] and sweep_home(tmp_path / "nowhere") == []
    assert (tmp_path / "mine" / "a").exists() and (home / "film.part").exists()
