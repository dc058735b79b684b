"""A copy made for a second window goes again with it, unless something was changed in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from session_samples import contents, filled, record

from labbench.session.locking import Claim, claim
from labbench.session.results import Label, ViewState, save_labels, save_view
from labbench.session.store import Session


@pytest.fixture
def copied(tmp_path: Path) -> Claim:
    """A copy; whoever held the original has it closed by now."""
    original, _ = filled(tmp_path / "s", 1)
    with original:
        original.hold()
        return claim(original.folder)


def test_an_unchanged_copy_vanishes(copied: Claim, tmp_path: Path) -> None:
    session = Session(copied.folder, copied)
    before = contents(tmp_path / "s")
    save_view(session, session.recordings()[0], ViewState((0.5, 0.6)))
    (session.folder / "recordings" / "0001.views.npz").write_bytes(b"a pyramid")
    assert session.discard() and [path.name for path in tmp_path.iterdir()] == ["s"]
    assert contents(tmp_path / "s") == before and not session.discard()


def _label(session: Session) -> None:
    save_labels(session, session.recordings()[0], (Label(0.0, 0.1, "new"),))


CHANGES: list[Callable[[Session], object]] = [
    _label,
    lambda session: session.rename("Mine"),
    lambda session: record(session.next_recording()),
    lambda session: session.recordings()[0].path.unlink(),
    lambda session: session.words_path.write_bytes(b"{}"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_stays(copied: Claim, change: Callable[[Session], object]) -> None:
    session = Session(copied.folder, copied)
    change(session)
    assert not session.discard() and session.folder.exists()
    with claim(session.folder) as again:
        assert again.folder == session.folder, "and is free"


def test_what_is_no_copy_is_never_removed(tmp_path: Path) -> None:
    session, _ = filled(tmp_path / "s", 1)
    session.hold()
    assert not session.discard() and session.folder.exists()
