"""Jobs end exactly once, in the main thread."""

import threading

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import Progress
from labbench.jobs.runner import JobRunner
from labbench.jobs.waiting import wait_until


def run(task, cancel=False):
    """Run one task; what was emitted, each with the thread that it arrived in."""
    runner = JobRunner()
    heard = []

    def note(name):
        return lambda *content: heard.append((name, content[0] if content else None, threading.current_thread()))

    job = runner.prepare("test", task)
    for name in ("progressed", "done", "failed", "broken", "cancelled", "ended"):
        getattr(job, name).connect(note(name))
    job.start()
    if cancel:
        job.cancel()
    assert wait_until(lambda: not runner.running, 10)
    assert all(thread is threading.main_thread() for _, _, thread in heard)
    return [(name, content) for name, content, _ in heard]


def test_done_with_progress(qapp):
    def task(progress, cancel):
        progress(Progress(1, 2))
        return 42

    assert run(task) == [("progressed", Progress(1, 2)), ("done", 42), ("ended", None)]


def test_an_expected_failure(qapp):
    error = LabBenchError("No.", "Do something else.")

    def task(progress, cancel):
        raise error

    assert run(task) == [("failed", error), ("ended", None)]


def test_a_defect_comes_with_details(qapp):
    def task(progress, cancel):
        raise ZeroDivisionError("oh")

    (name, details), ended = run(task)
    assert name == "broken" and "ZeroDivisionError: oh" in details and ended == ("ended", None)


def test_cancel(qapp):
    def task(progress, cancel):
        cancel.wait(10)
        cancel.check()

    assert run(task, cancel=True) == [("cancelled", None), ("ended", None)]


def test_close_cancels_and_joins(qapp):
    runner = JobRunner()
    ended = threading.Event()

    def task(progress, cancel):
        assert cancel.wait(10)
        ended.set()
        raise Cancelled

    runner.prepare("test", task).start()
    runner.close()
    assert ended.is_set()


def test_what_a_job_says_while_everything_closes_is_not_heard(qapp):
    runner, heard = JobRunner(), []

    def task(progress, cancel):
        progress("half")
        return "whole"

    job = runner.prepare("test", task)
    for signal in (job.progressed, job.done, job.ended):
        signal.connect(lambda *what: heard.append(what))
    job.start()
    runner.close()
    qapp.sendPostedEvents()
    assert heard == []
