"""The models on this computer while the program runs: what is here, and getting, checking, importing, taking away.
No widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.jobs.runner import Job, JobRunner
from labbench.models.engines import EngineSpec
from labbench.models.expectations import Speed, expect, measure_speed
from labbench.models.importing_weights import Check
from labbench.models.shelf import Place, Shelf, load_in_host
from labbench.ui.sessions.trash import from_trash, to_trash
from labbench.ui.transcripts.model_rows import Doing, Model, Work, damage, survey
from labbench.ui.undo import Change


class ModelDesk(QObject):
    """Main thread only; files and network are touched in jobs. One work at a time for each model.

    `changed` follows where a row or what is done has changed, `progressed` brings a `Work`. `got`, with a name and a
    path, and `deleted`, with a path, tell of files that came and went. `ended` brings the name of a work that is over.
    """

    changed = Signal()
    progressed = Signal(object)
    ended = Signal(str)
    got = Signal(str, object)
    deleted = Signal(object)
    said = Signal(str)
    trouble = Signal(object)

    def __init__(
        self, shelf: Shelf, jobs: JobRunner, parent: QObject | None = None, check: Check = load_in_host
    ) -> None:
        super().__init__(parent)
        self.shelf = shelf
        self.models: tuple[Model, ...] = ()
        self.specs: tuple[EngineSpec, ...] = tuple(shelf.specs())
        """The Whispers that can be used, as known from the last look."""
        self.speed: Speed | None = None
        """Of this computer, once it was measured."""
        self._jobs = jobs
        self._check = check
        self._works: dict[str, Work] = {}
        self._right: dict[Path, bool] = {}
        self._looking: Job | None = None
        self._again = False
        self._measuring: Job | None = None

    # What is here ---------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at all folders; some may be slow. `changed` follows."""
        if self._looking is not None:
            self._again = True
            return
        shelf = self.shelf
        job = self._looking = self._jobs.prepare("Looking for models", lambda _progress, _cancel: survey(shelf))
        job.done.connect(self._found)
        job.failed.connect(self.trouble)
        job.ended.connect(self._looked)
        job.start()

    @property
    def looking(self) -> bool:
        return self._looking is not None

    def model(self, name: str) -> Model | None:
        """The row of that name, as known from the last look."""
        return next((model for model in self.models if model.name == name), None)

    def measure(self) -> None:
        """Measure this computer, in less than a second, for the estimates of speed. `changed` follows."""
        if self._measuring is not None:
            return
        job = self._measuring = self._jobs.prepare(
            "Measuring this computer", lambda _progress, _cancel: measure_speed()
        )
        job.done.connect(self._measured)
        job.ended.connect(self._measurement_ended)
        job.start()
        self.changed.emit()

    @property
    def measuring(self) -> bool:
        return self._measuring is not None

    def _found(self, found: tuple[list[Model], list[EngineSpec]]) -> None:
        models, specs = found
        self.models = tuple(self._as_known(model) for model in models)
        self.specs = tuple(specs)
        self.changed.emit()

    def _as_known(self, model: Model) -> Model:
        """With what was measured and checked, perhaps since the look began."""
        known = [self._right[place.path] for place in model.places if place.path in self._right]
        expected = expect(model.name, self.speed) if model.official else None
        return replace(model, expected=expected, right=all(known) if known else None)

    def _looked(self) -> None:
        self._looking = None
        if self._again:
            self._again = False
            self.look()

    def _measured(self, speed: Speed) -> None:
        self.speed = speed
        self.models = tuple(self._as_known(model) for model in self.models)

    def _measurement_ended(self) -> None:
        self._measuring = None
        self.changed.emit()

    # Work -----------------------------------------------------------------------------------------------------------

    @property
    def works(self) -> tuple[Work, ...]:
        """What is being done, the oldest first."""
        return tuple(self._works.values())

    def work(self, name: str) -> Work | None:
        return self._works.get(name)

    def cancel(self, name: str) -> None:
        """Stop what is done with a model; what has come of a download is kept."""
        if name in self._works:
            self._works[name].job.cancel()

    def get(self, name: str) -> None:
        """An official model: imported where it was found, else from the network, or the rest of a stopped download.

        Somebody's own model is imported where it was found.
        """
        known = self.model(name)
        if known is not None and known.found is not None and not known.official:
            self.import_file(known.found.path, name)
            return
        found = known is not None and known.found is not None
        new = known is not None and not known.places and not found

        def got(path: Path) -> None:
            if new:  # the download compares the checksum before the file gets its name
                self._right[path] = True
            self.got.emit(name, path)
            self.said.emit(f"Whisper {name} is here.")

        doing = Doing.IMPORT if found else Doing.GET
        self._begin(name, doing, lambda progress, cancel: self.shelf.get(name, progress, cancel), got)

    def check(self, name: str) -> None:
        """Compare the checksum of an official model's files with OpenAI's, or with that of the conversion."""

        def checked(found: list[tuple[Place, bool]]) -> None:
            for place, right in found:
                self._right[place.path] = right
            bad = [place for place, right in found if not right]
            if bad:
                self.trouble.emit(damage(name, bad[0]))
            else:
                self.said.emit(f"Whisper {name} is whole: its checksum is right.")

        self._begin(name, Doing.CHECK, lambda progress, cancel: self.shelf.verify(name, progress, cancel), checked)

    def import_file(self, path: Path, name: str | None = None) -> None:
        """Copy or convert weights into the program's own folder, once they were loaded in a process of their own.

        `name` is that of their row, where they have one.
        """
        name = name or path.name

        def task(progress: OnProgress, cancel: CancelToken) -> Path:
            def load(copy: Path, stop: CancelToken) -> object:
                progress(Progress(0.0, None, "", "loading it to see whether it is a Whisper"))
                return self._check(copy, stop)

            return self.shelf.import_file(path, load, progress, cancel)

        def imported(target: Path) -> None:
            self._right.pop(target, None)
            self.got.emit(target.stem, target)
            self.said.emit(f"{name} is here now, as Whisper {target.stem}.")

        self._begin(name, Doing.IMPORT, task, imported)

    def delete(self, name: str, undo: QUndoStack) -> None:
        """Move a model to the system's trash; `undo` puts it back. Where that may not be done, `trouble` says why."""
        shelf = self.shelf

        def task(_progress: OnProgress, _cancel: CancelToken) -> tuple[Path, Path]:
            path = shelf.to_delete(name)
            return path, to_trash(path)

        def gone(moved: tuple[Path, Path]) -> None:
            path, kept = moved
            self._right.pop(path, None)
            self.deleted.emit(path)
            undo.push(Change(f"Move Whisper {name} to the trash", self._mover(name, path, kept), False, True))
            self.said.emit(f"Whisper {name} is in the trash. Edit, Undo puts it back.")

        self._begin(name, Doing.DELETE, task, gone)

    def _mover(self, name: str, path: Path, kept: Path) -> Callable[[bool], None]:
        """Puts a model into the trash and back, in jobs: big files may have to be copied."""
        places = [kept]
        is_away = [True]

        def moved(away: bool) -> None:
            if away:
                self.deleted.emit(path)

        def put(away: bool) -> None:
            def task(_progress: OnProgress, _cancel: CancelToken) -> None:
                if away:
                    places[0] = to_trash(path)
                else:
                    from_trash(places[0], path)

            doing = Doing.DELETE if away else Doing.PUT_BACK
            if away != is_away[0] and self._begin(name, doing, task, lambda _: moved(away)):
                is_away[0] = away

        return put

    def _begin(
        self,
        name: str,
        doing: Doing,
        task: Callable[[OnProgress, CancelToken], object],
        done: Callable[..., object],
    ) -> bool:
        """False where something is done with that model already."""
        if name in self._works:
            return False
        work = Work(name, doing, self._jobs.prepare(f"{doing.value} {name}", task))

        def progressed(progress: Progress) -> None:
            work.progress = progress
            self.progressed.emit(work)

        work.job.progressed.connect(progressed)
        work.job.done.connect(done)
        work.job.failed.connect(self.trouble)
        work.job.ended.connect(lambda: self._over(work))
        self._works[name] = work
        self.changed.emit()
        work.job.start()
        return True

    def _over(self, work: Work) -> None:
        del self._works[work.name]
        self.ended.emit(work.name)
        self.changed.emit()
        self.look()
