"""A session is a folder: `session.json`, one WAV a recording in `recordings/`, `words.json`.

A recording that was ended in good order has a JSON file beside it; one without was interrupted and is offered again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from labbench import __version__
from labbench.audio.recorder import disk_trouble, mend_wav
from labbench.core.errors import LabBenchError
from labbench.session.disk import write_json

RECORDINGS = "recordings"


@dataclass(frozen=True)
class Recording:
    """A finished recording: its file, rate, length in frames, and how often the device lost sound."""

    path: Path
    rate: int
    frames: int
    overruns: int = 0
    recovered: bool = False

    @property
    def seconds(self) -> float:
        return self.frames / self.rate


class Session:
    """Where one sitting's recordings and words go. The folder is made when the first thing is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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

    def next_recording(self) -> Path:
        """A file name for the next recording, never one that is taken."""
        folder = self.folder / RECORDINGS
        self._begin()
        numbers = [int(path.stem) for path in folder.glob("*.wav") if path.stem.isdigit()]
        self._number = max([*numbers, self._number]) + 1
        return folder / f"{self._number:04d}.wav"

    def keep(self, recording: Recording) -> None:
        """Note that a recording ended in good order."""
        write_json(
            recording.path.with_suffix(".json"),
            {
                "rate": recording.rate,
                "frames": recording.frames,
                "overruns": recording.overruns,
                "recovered": recording.recovered,
            },
        )

    def interrupted(self) -> list[Path]:
        """Recordings that were never ended, oldest first."""
        found = sorted((self.folder / RECORDINGS).glob("*.wav"))
        return [path for path in found if not path.with_suffix(".json").exists()]

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
        """Make one of `interrupted` whole. Raises LabBenchError, also where it holds nothing."""
        recording = Recording(path, frames=mend_wav(path), rate=_wav_rate(path), recovered=True)
        self.keep(recording)
        return recording

    def _begin(self) -> None:
        note: dict[str, Any] = {"format": "labbench-session", "version": 1, "program": __version__}
        try:
            (self.folder / RECORDINGS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_trouble(error, self.folder) from error
        if not (self.folder / "session.json").exists():
            write_json(self.folder / "session.json", note)


def _wav_rate(path: Path) -> int:
    with path.open("rb") as file:
        return int.from_bytes(file.read(28)[24:28], "little")


def open_session(folder: Path) -> Session:
    """A session that exists. Raises LabBenchError."""
    if not (folder / RECORDINGS).is_dir():
        raise LabBenchError(f"{folder} is not a session.", f"A session has a folder named {RECORDINGS} in it.")
    return Session(folder)


def interrupted_sessions(home: Path) -> list[Session]:
    """Sessions in `home` with recordings that were never ended."""
    if not home.is_dir():
        return []
    sessions = [Session(folder) for folder in sorted(home.iterdir()) if (folder / RECORDINGS).is_dir()]
    return [session for session in sessions if session.interrupted()]
