"""A session is a folder: `session.json`, one sound file a recording in `recordings/`, `words.json`, `results/`.

A recording that was ended in good order has a JSON file beside it; one without was interrupted and is offered again.
The whole format is described in `assets/docs/session-format.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType

from labbench.audio.recorder import disk_trouble, mend_wav
from labbench.core.errors import LabBenchError
from labbench.session.locking import Claim, held_meanwhile, in_use, take
from labbench.session.note import NAME, read_note, write_note
from labbench.session.recordings import (
    MOST_RECORDINGS,
    RECORDINGS,
    Recording,
    is_session,
    note_path,
    read_recording,
    sound_files,
    sound_header,
    write_recording,
)

__all__ = ["RECORDINGS", "Recording", "Session", "interrupted_sessions", "open_session"]

RESULTS = "results"


class Session:
    """Where one sitting's recordings, words and results go. The folder is made when the first thing is kept.

    With `hold` (or a `claim`) it is this instance's until `close`: another one opens a copy, and recovers nothing.
    """

    def __init__(self, folder: Path, claim: Claim | None = None) -> None:
        self.folder = folder
        self._claim = claim
        self._number = 0  # of the newest recording that was begun: its file may not be there yet

    @classmethod
    def new(cls, home: Path, now: datetime | None = None) -> Session:
        """A session named by the time, beside the others in `home`."""
        stamp = (now or datetime.now()).strftime("%Y-%m-%d %H.%M.%S")
        folder = home / stamp
        number = 2
        while folder.exists():
            folder = home / f"{stamp} ({number})"
            number += 1
        return cls(folder)

    @property
    def words_path(self) -> Path:
        return self.folder / "words.json"

    @property
    def title(self) -> str:
        """The folder's name until another one is given. Raises LabBenchError."""
        return read_note(self.folder)[0].title

    def rename(self, title: str) -> None:
        """Another title; the folder keeps its name. Raises LabBenchError."""
        self.begin()
        write_note(self.folder, title)

    def hold(self) -> None:
        """Take the session for this instance until `close`. Raises LabBenchError where another has it open."""
        self.begin()
        if self._claim is None:
            self._claim = take(self.folder)

    def close(self) -> None:
        """Let others have it; harmless when repeated."""
        claim, self._claim = self._claim, None
        if claim is not None:
            claim.close()

    def discard(self) -> bool:
        """`close`; a copy in which nothing was changed is removed then. Whether it was. Raises nothing."""
        claim, self._claim = self._claim, None
        return claim is not None and claim.discard()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    # Recordings -----------------------------------------------------------------------------------------------------

    def next_recording(self, suffix: str = ".wav") -> Path:
        """A file name for the next recording, never one that is taken, nor one that other results belong to."""
        folder = self.folder / RECORDINGS
        self.begin()
        taken = [*folder.iterdir(), *_children(self.folder / RESULTS)]
        names = [path.name.partition(".")[0] for path in taken]
        numbers = [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 10]
        self._number = max([*numbers, self._number]) + 1
        return folder / f"{self._number:04d}{suffix}"

    def keep(self, recording: Recording) -> None:
        """Note that a recording ended in good order, or what has changed about it. Raises LabBenchError."""
        write_recording(recording)

    def recordings(self) -> list[Recording]:
        """Those that were ended in good order, oldest first, as far as they can be read. Raises LabBenchError."""
        return self.survey()[0]

    def survey(self) -> tuple[list[Recording], list[str]]:
        """`recordings`, and one sentence for each thing of the session that is damaged and lost.

        The sound of a recording may be among it: its path is given nevertheless, for its results can still be seen.
        Raises LabBenchError where nothing can be read, or a newer program made the session.
        """
        lost = list(read_note(self.folder)[1])
        found = []
        sounds = {path.stem: path for path in sound_files(self.folder)}
        for note in sorted((self.folder / RECORDINGS).glob("*.json")):
            if not note.name.startswith("."):
                sounds.setdefault(note.stem, note.with_suffix(".wav"))
        if len(sounds) > MOST_RECORDINGS:
            lost.append(f"Only {MOST_RECORDINGS} of {len(sounds)} recordings are shown.")
        for path in list(sounds.values())[:MOST_RECORDINGS]:
            if note_path(path).exists():
                recording, damage = read_recording(path)
                lost += damage
                found += [recording] if recording is not None else []
        return found, lost

    def interrupted(self) -> list[Path]:
        """Recordings that were never ended, oldest first. One that still runs, here or elsewhere, is among them."""
        found = [path for path in sound_files(self.folder) if path.suffix == ".wav"]
        return [path for path in found if not note_path(path).exists()]

    def recover(self) -> list[Recording]:
        """Make interrupted recordings whole: the header is mended, no sample is touched.

        Raises LabBenchError where none can be: one that can't does not keep the others from it.
        """
        recovered = []
        trouble: LabBenchError | None = None
        for path in self.interrupted():
            try:
                recovered.append(self.recover_one(path))
            except LabBenchError as error:
                trouble = error
        if trouble is not None and not recovered:
            raise trouble
        return recovered

    def recover_one(self, path: Path) -> Recording:
        """Make one of `interrupted` whole. Raises LabBenchError, also where it holds nothing.

        And where another instance has the session open: the recording may still run there.
        """
        with self._ours():
            try:
                mend_wav(path)
            except LabBenchError:
                # A foreign file that was being imported is complete if it can be read.
                header = sound_header(path)
                if header is None or not header[1]:
                    raise
            header = sound_header(path)
            if header is None:
                raise LabBenchError(f"{path.name} holds no sound that can be recovered.", "It can be deleted.")
            recording = Recording(path, *header, recovered=True)
            self.begin()
            self.keep(recording)
        return recording

    def begin(self) -> None:
        """Make the folder, and its description if it has none or one of an older version. Raises LabBenchError."""
        try:
            (self.folder / RECORDINGS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_trouble(error, self.folder) from error
        note, damage = read_note(self.folder)
        if note.version < 2 and not damage:
            write_note(self.folder)
        elif not (self.folder / NAME).exists():
            write_note(self.folder, now=datetime.now())

    @contextmanager
    def _ours(self) -> Iterator[None]:
        if self._claim is not None:
            yield
            return
        with held_meanwhile(self.folder):
            yield


def open_session(folder: Path) -> Session:
    """A session that exists. Raises LabBenchError, FormatError where a newer program made it."""
    if not is_session(folder):
        raise LabBenchError(f"{folder} is not a session.", f"A session has a folder named {RECORDINGS} in it.")
    read_note(folder)
    return Session(folder)


def interrupted_sessions(home: Path) -> list[Session]:
    """Sessions in `home` with recordings that were never ended, without those that are open in some instance."""
    folders = [folder for folder in sorted(_children(home)) if (folder / RECORDINGS).is_dir()]
    sessions = [Session(folder) for folder in folders if not folder.name.startswith(".")]
    return [session for session in sessions if session.interrupted() and not in_use(session.folder)]


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
