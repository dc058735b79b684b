"""Two instances on one session: the second gets a copy and is told so, and recovers nothing that still runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from session_samples import contents, filled, record

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken, Progress
from labbench.session import locking
from labbench.session.locking import claim, in_use
from labbench.session.store import Session, interrupted_sessions, open_session

HOLDER = """
import sys
from pathlib import Path
from labbench.session.locking import claim
with claim(Path(sys.argv[1])) as held:
    print("held", held.folder, flush=True)
    sys.stdin.read()
"""


@contextmanager
def elsewhere(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the session open."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline().split(maxsplit=1)[1].strip() == str(folder).encode()
            yield holder
        finally:
            holder.kill()


def test_the_second_process_gets_a_copy_and_says_so(tmp_path: Path) -> None:
    session, _ = filled(tmp_path / "s", 1)
    running = record(session.next_recording())
    before = contents(session.folder)
    seen: list[Progress] = []
    with elsewhere(session.folder):
        assert in_use(session.folder)
        with claim(session.folder, on_progress=seen.append) as mine:
            assert mine.folder == tmp_path / "s (copy)"
            assert mine.notice == (
                "“First lesson” is open in another window: this is a copy without the recording that is not finished "
                "there, s (copy). What you change here stays out of the original."
            )
            assert in_use(mine.folder)
            copied = open_session(mine.folder)
            assert copied.title == "First lesson (copy)"
            copied.rename("Mine")
            copied.next_recording().write_bytes(b"new")
            first = copied.folder / "recordings" / "0001.wav"
            with first.open("r+b") as file:  # no hard link: what is written here never shows there
                file.write(b"changed")
        with claim(session.folder) as third:
            assert third.folder.name == "s (copy) (2)"
    after = contents(session.folder)
    del after["session.lock"]  # of the process that was killed; taken over below
    assert after == before
    assert not (copied.folder / "recordings" / running.name).read_bytes().startswith(b"RIFF")
    assert seen[-1].done == seen[-1].total
    with claim(session.folder) as again:
        assert (again.folder, again.notice) == (session.folder, "")
    assert not in_use(session.folder) and not (session.folder / "session.lock").exists()


def test_what_runs_elsewhere_is_not_recovered(tmp_path: Path) -> None:
    session = Session(tmp_path / "s")
    running = record(session.next_recording())
    with elsewhere(session.folder):
        assert interrupted_sessions(tmp_path) == []
        with pytest.raises(LabBenchError, match="open in another window"):
            Session(session.folder).recover()
        with pytest.raises(LabBenchError, match="open in another window"):
            Session(session.folder).hold()
        assert not running.with_suffix(".json").exists()
    (found,) = interrupted_sessions(tmp_path)
    assert [recording.path for recording in found.recover()] == [running]


def test_whoever_holds_a_session_recovers_in_it(tmp_path: Path) -> None:
    with Session(tmp_path / "s") as session:
        running = record(session.next_recording())
        session.hold()
        session.hold()
        assert in_use(session.folder) and interrupted_sessions(tmp_path) == []
        assert [recording.path for recording in session.recover()] == [running]
    assert not in_use(session.folder)
    session.close()
    with claim(session.folder) as held:
        record(session.next_recording())
        assert len(Session(held.folder, held).recover()) == 1


@pytest.mark.parametrize("after", [0, 2])
def test_a_copy_that_is_cancelled_leaves_nothing(tmp_path: Path, after: int) -> None:
    session, _ = filled(tmp_path / "home" / "s", 1)
    cancel = CancelToken()

    def on_progress(progress: Progress) -> None:
        cancel.cancel()

    if not after:
        cancel.cancel()
    with claim(session.folder), pytest.raises(Cancelled):
        claim(session.folder, tmp_path / "home", on_progress, cancel)
    assert [one.name for one in (tmp_path / "home").iterdir()] == ["s"]


def refuse(error: OSError) -> Callable[[Path], Iterator[None]]:
    @contextmanager
    def exclusive(path: Path) -> Iterator[None]:
        if path.parent.name == "s":
            raise error
        yield

    return exclusive  # type: ignore[return-value]


def test_a_disk_without_locks_is_used_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = filled(tmp_path / "s", 1)
    monkeypatch.setattr(locking, "exclusive", refuse(OSError(95, "Operation not supported")))
    with claim(session.folder) as mine:
        assert mine.folder == session.folder and "in one window only" in mine.notice
    record(session.next_recording())
    assert len(session.recover()) == 1


def test_a_session_that_may_not_be_written_is_copied_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _ = filled(tmp_path / "usb" / "s", 1)
    monkeypatch.setattr(locking, "exclusive", refuse(PermissionError(13, "Permission denied")))
    monkeypatch.setattr(locking.os, "access", lambda *_: False)
    with pytest.raises(LabBenchError, match="may not be written"):
        claim(session.folder)
    with claim(session.folder, tmp_path / "home") as mine:
        assert mine.folder == tmp_path / "home" / "s (copy)"
        assert mine.notice.startswith("“First lesson” may not be written where it is: this is a copy, s (copy).")


def test_no_folder_and_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabBenchError, match="no folder"):
        claim(tmp_path / "none")
    with pytest.raises(LabBenchError, match="not a session"):
        claim(tmp_path)
    assert list(tmp_path.iterdir()) == []
    session, _ = filled(tmp_path / "s", 1)
    monkeypatch.setattr("labbench.session.placing.SPARE", 1 << 62)
    with claim(session.folder), pytest.raises(LabBenchError, match="MB are free"):
        claim(session.folder)
