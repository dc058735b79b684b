"""The newest of several wishes: little work is done at once, much in a job, and what is out of date is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.jobs.runner import Job, JobRunner

T = TypeVar("T")


class Latest:
    """Main thread. `failed` hears of expected failures."""

    def __init__(self, jobs: JobRunner, title: str, failed: Callable[[LabBenchError], object]) -> None:
        self._jobs = jobs
        self._title = title
        self._failed = failed
        self._job: Job | None = None

    def ask(self, work: Callable[[], T], then: Callable[[T], object], *, little: bool) -> None:
        """`then` gets what `work` returns, unless something else is asked for before that."""
        self.give_up()
        if little:
            try:
                found = work()
            except LabBenchError as error:
                self._failed(error)
                return
            then(found)
            return

        def task(_progress: OnProgress, _cancel: CancelToken) -> T:
            return work()

        job = self._job = self._jobs.prepare(self._title, task)
        job.done.connect(lambda found: then(found) if self._job is job else None)
        job.failed.connect(lambda error: self._failed(error) if self._job is job else None)
        job.start()

    def give_up(self) -> None:
        """What runs is not wanted any more."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
