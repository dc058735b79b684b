"""The worker: results and errors come back as they are, a cancel is heeded or enforced, a crash harms nobody."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile
from small_whisper import SPOKEN

from labbench.audio.importing import import_sound, part_of, probe
from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.live.worker import Worker, WorkerInProcess, WorkerProcess, import_file

PATIENCE = 30.0
CLIP = SPOKEN / "digits_short.flac"


class OddError(LabBenchError):
    """Can't be pickled and read back."""

    def __init__(self, one: int, two: int, three: int) -> None:
        super().__init__(f"{one} {two} {three}", "Count.")


def add(a: int, b: int, *, on_progress: OnProgress, cancel: CancelToken) -> int:
    return a + b


def number(*, on_progress: OnProgress, cancel: CancelToken) -> int:
    return os.getpid()


def niceness(*, on_progress: OnProgress, cancel: CancelToken) -> int:
    return int(psutil.Process().nice())


def count(to: int, *, on_progress: OnProgress, cancel: CancelToken) -> str:
    for done in range(to):
        on_progress(Progress(done + 1, to))
    return "counted"


def until_cancelled(*, on_progress: OnProgress, cancel: CancelToken) -> None:
    on_progress(Progress(1.0))
    while not cancel.wait(PATIENCE):
        pass
    cancel.check()


def deaf(*, on_progress: OnProgress, cancel: CancelToken) -> None:
    on_progress(Progress(1.0))
    threading.Event().wait(PATIENCE)


def import_and_hang(source: Path, target: Path, *, on_progress: OnProgress, cancel: CancelToken) -> None:
    """Hangs in the middle of an import."""

    def hang(_: Progress) -> None:
        deaf(on_progress=on_progress, cancel=cancel)

    import_sound(source, target, None, hang)


def crash(path: Path, *, on_progress: OnProgress, cancel: CancelToken) -> None:
    ctypes.string_at(0)


def fail(kind: str, *, on_progress: OnProgress, cancel: CancelToken) -> Any:
    on_progress(Progress(1.0))
    match kind:
        case "expected":
            raise LabBenchError("It rains.", "Take an umbrella.")
        case "format":
            raise FormatError("It is no file.", "Take another.")
        case "odd":
            raise OddError(1, 2, 3)
        case "cancelled":
            raise Cancelled
        case "memory":
            raise MemoryError
        case "result":
            return lambda: None
    return [][3]


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess]:
    made = WorkerProcess()
    yield made
    made.close()


@pytest.fixture(params=["process", "twin"])
def worker(request: pytest.FixtureRequest, process: WorkerProcess) -> Worker:
    return process if request.param == "process" else WorkerInProcess()


class Running:
    """A task in a thread, known to be in its middle."""

    def __init__(self, worker: WorkerProcess, task: Callable[..., Any], *args: Any) -> None:
        self.cancel = CancelToken()
        self._middle = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self.job: Future[Any] = self._pool.submit(
            worker.call, task, *args, on_progress=lambda _: self._middle.set(), cancel=self.cancel
        )
        assert self._middle.wait(PATIENCE)
        assert not self.job.done()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel.cancel()
        self._pool.shutdown()


shares_process = pytest.mark.shares_process


@shares_process
def test_the_result_comes_back(worker: Worker) -> None:
    assert worker.call(add, 2, 3) == 5
    assert worker.call(probe, CLIP).rate == 16_000


@shares_process
def test_one_process_for_all_calls(process: WorkerProcess) -> None:
    pid = process.call(number)
    assert pid == process.pid != os.getpid()
    assert process.call(number) == pid
    if sys.platform != "win32":
        assert process.call(niceness) > psutil.Process().nice()


@shares_process
def test_progress_is_passed_on_but_not_all_of_it(process: WorkerProcess) -> None:
    seen: list[Progress] = []
    assert process.call(count, 200_000, on_progress=seen.append) == "counted"
    assert 2 <= len(seen) < 200
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1] == Progress(200_000, 200_000)


@shares_process
@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        ("expected", LabBenchError, "It rains. Take an umbrella."),
        ("format", FormatError, "It is no file. Take another."),
        ("odd", LabBenchError, "1 2 3 Count."),
        ("cancelled", Cancelled, ""),
        ("defect", Exception, "list index out of range"),
    ],
)
def test_errors_come_back(worker: Worker, kind: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        worker.call(fail, kind)
    assert message in str(caught.value)
    if kind != "odd" and kind != "defect":
        assert type(caught.value) is error
    assert worker.call(add, 1, 1) == 2


@shares_process
def test_a_defect_carries_its_traceback_and_ends_nothing(process: WorkerProcess) -> None:
    pid = process.call(number)
    with pytest.raises(RuntimeError, match="IndexError") as caught:
        process.call(fail, "defect")
    assert "return [][3]" in str(caught.value)
    with pytest.raises(RuntimeError, match="pickle"):
        process.call(fail, "result")
    with pytest.raises(LabBenchError, match="memory"):
        process.call(fail, "memory")
    assert process.call(number) == pid


@shares_process
def test_a_task_that_heeds_a_cancel_keeps_the_process(process: WorkerProcess) -> None:
    with Running(process, until_cancelled) as running:
        pid = process.pid
        running.cancel.cancel()
        with pytest.raises(Cancelled):
            running.job.result(timeout=1.5)
    assert process.call(number) == pid


@shares_process
def test_a_task_that_does_not_is_ended(process: WorkerProcess) -> None:
    with Running(process, deaf) as running:
        pid = process.pid
        running.cancel.cancel()
        with pytest.raises(Cancelled):
            running.job.result(timeout=2.5)
    assert process.call(number) != pid
    assert not psutil.pid_exists(pid or 0)


@shares_process
def test_waiting_for_a_turn_can_be_cancelled(process: WorkerProcess) -> None:
    with Running(process, until_cancelled), ThreadPoolExecutor(1) as pool:
        cancel = CancelToken()
        waiting = pool.submit(process.call, add, 1, 2, cancel=cancel)
        cancel.cancel()
        with pytest.raises(Cancelled):
            waiting.result(timeout=1.5)


@shares_process
def test_cancelled_beforehand(worker: Worker) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        worker.call(add, 1, 2, cancel=cancel)


@shares_process
def test_a_crash_is_told_and_the_next_call_works(process: WorkerProcess) -> None:
    pid = process.call(number)
    with pytest.raises(LabBenchError) as caught:
        process.call(crash, Path("some") / "lecture.mp4")
    assert caught.value.message == "lecture.mp4 could not be read: the part that decodes it crashed."
    assert caught.value.hint
    assert process.call(number) != pid


@shares_process
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's SIGKILL")
def test_a_process_that_is_killed_in_the_middle_or_while_idle(process: WorkerProcess) -> None:
    with Running(process, deaf) as running:
        os.kill(process.pid or 0, signal.SIGKILL)
        with pytest.raises(LabBenchError, match="crashed"):
            running.job.result(timeout=PATIENCE)
    pid = process.call(number)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert process.call(number) != pid


@shares_process
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX's signals")
def test_an_interrupt_from_the_terminal_is_not_for_it(process: WorkerProcess) -> None:
    pid = process.call(number)
    os.kill(pid, signal.SIGINT)
    assert process.call(number) == pid


@shares_process
def test_an_error_in_the_progress_does_not_mix_up_answers(process: WorkerProcess) -> None:
    def stumble(_: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        process.call(count, 10, on_progress=stumble)
    assert process.call(add, 40, 2) == 42


def test_closing_ends_what_runs() -> None:
    for task in (until_cancelled, deaf):
        process = WorkerProcess()
        with Running(process, task) as running:
            child = psutil.Process(process.pid)
            process.close()
            with pytest.raises(Cancelled):
                running.job.result(timeout=PATIENCE)
        assert not child.is_running()
        with pytest.raises(Cancelled):
            process.call(add, 1, 2)
        process.close()


def test_closing_what_was_never_used() -> None:
    process = WorkerProcess()
    process.close()
    assert process.pid is None
    twin = WorkerInProcess()
    twin.close()
    with pytest.raises(Cancelled):
        twin.call(add, 1, 2)


PARENT = """
import sys
sys.path[:0] = sys.argv[1:]
from test_worker import deaf, number
from labbench.live.worker import WorkerProcess
if __name__ == "__main__":
    worker = WorkerProcess()
    worker.call(number)
    print(worker.pid, flush=True)
    worker.call(deaf)
"""


def test_it_ends_when_its_parent_dies(tmp_path: Path) -> None:
    """Even in the middle of a task that listens to nobody."""
    (tmp_path / "parent.py").write_text(PARENT)
    command = [sys.executable, str(tmp_path / "parent.py"), *map(str, Path(__file__).parents[:3])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=PATIENCE)
    assert not alive


@shares_process
def test_import_by_the_worker(worker: Worker, tmp_path: Path) -> None:
    found = import_file(worker, CLIP, tmp_path / "0001.wav")
    assert soundfile.info(found.path).frames == found.frames == soundfile.info(CLIP).frames
    with pytest.raises(LabBenchError, match="already exists"):
        import_file(worker, CLIP, tmp_path / "0001.wav")
    (tmp_path / "x.mp3").write_bytes(b"no sound")
    with pytest.raises(FormatError, match=r"x\.mp3 is not a sound file"):
        import_file(worker, tmp_path / "x.mp3", tmp_path / "0002.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001.wav", "x.mp3"]


class Redirected(WorkerProcess):
    """Carries out another task than it is asked to."""

    def call(self, task: Any, *args: Any, **named: Any) -> Any:
        return super().call(import_and_hang, *args[:2], **named)


def test_an_import_that_hangs_leaves_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(1_000_000, np.float32), 48_000)
    worker, cancel = Redirected(), CancelToken()

    def stop(_: Progress) -> None:
        assert part_of(tmp_path / "y.wav").exists()
        cancel.cancel()

    with pytest.raises(Cancelled):
        import_file(worker, tmp_path / "x.wav", tmp_path / "y.wav", None, stop, cancel)
    worker.close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.wav"]
