"""Engines in a process of their own: the same text, cancel, a crash, live text, and files that are no models."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from small_whisper import CHECKPOINT, SPOKEN, small_whisper

from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.core import paths
from labbench.core.errors import Cancelled, FormatError, LabBenchError
from labbench.core.patience import Patience
from labbench.core.progress import CancelToken, Progress, ignore_progress
from labbench.core.timebase import MODEL_RATE
from labbench.live.transcriber import LiveUpdate, transcribe_live
from labbench.models import engines, host_channel
from labbench.models.host_messages import Failed
from labbench.models.hosting import HostInProcess, HostProcess
from labbench.models.pulse import PERIOD_SECONDS
from labbench.transcript.agreement import plain
from labbench.transcript.engine import Options
from labbench.transcript.types import Transcript

CLIPS = paths.assets() / "clips"
PATIENCE = 60.0


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return read_clip(SPOKEN / "digits.flac").for_models()


@pytest.fixture(scope="module")
def long(digits: np.ndarray) -> np.ndarray:
    """More than can be transcribed before somebody cancels."""
    return np.tile(digits, 40)


@pytest.fixture(scope="module")
def expected() -> str:
    return "one two three four five six seven eight nine zero"


@pytest.fixture(scope="module")
def host() -> Iterator[HostProcess]:
    """One for all tests here: loading takes seconds. A test that ends its process leaves the start to the next."""
    made = HostProcess(small_whisper())
    yield made
    made.close()


def transcribe(host: HostProcess | HostInProcess, samples: np.ndarray) -> Transcript:
    return host.transcribe(samples, Options(), ignore_progress, CancelToken())


class Running:
    """A long job in a thread, known to be in its middle."""

    def __init__(self, host: HostProcess, samples: np.ndarray) -> None:
        self.cancel = CancelToken()
        self._middle = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self.job = self._pool.submit(host.transcribe, samples, Options(), self._progress, self.cancel)
        assert self._middle.wait(PATIENCE)
        assert not self.job.done()

    def _progress(self, progress: Progress) -> None:
        if progress.done > 0:
            self._middle.set()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel.cancel()
        self._pool.shutdown()


@pytest.mark.shares_process
def test_the_text_is_what_was_said(host: HostProcess, digits: np.ndarray, expected: str) -> None:
    seen: list[Progress] = []
    found = host.transcribe(digits, Options(), seen.append, CancelToken())
    assert found.text == expected
    assert [plain(word.text) for word in found.words] == expected.split()
    starts = [word.start for word in found.words]
    assert starts == sorted(starts)
    assert 0.0 <= starts[0] < found.words[-1].end <= found.duration
    assert found.duration == pytest.approx(len(digits) / MODEL_RATE)
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1].done == pytest.approx(found.duration, abs=0.1)
    assert host.info is not None
    assert host.info.title == found.engine == "Whisper digits"


# openai-whisper leaves its vocabulary's file for the garbage collector to close.
@pytest.mark.filterwarnings("ignore:unclosed file .*tiktoken:ResourceWarning")
def test_the_process_equals_the_twin(host: HostProcess, digits: np.ndarray) -> None:
    twin = HostInProcess(small_whisper())
    short = digits[: len(digits) // 2]
    assert replace(transcribe(host, short), took=0.0) == replace(transcribe(twin, short), took=0.0)
    assert host.info == twin.info


def test_nothing_said(host: HostProcess) -> None:
    assert transcribe(host, np.zeros(0, np.float32)).segments == ()


def test_cancel_in_the_middle_of_a_job(host: HostProcess, digits: np.ndarray, long: np.ndarray, expected: str) -> None:
    with Running(host, long) as running:
        pid = host.pid
        running.cancel.cancel()
        with pytest.raises(Cancelled):
            running.job.result(timeout=1.5)
    assert host.pid == pid  # it listened: there was no need to end it
    assert transcribe(host, digits).text == expected


def test_a_job_that_is_cancelled_beforehand(host: HostProcess, digits: np.ndarray) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        host.transcribe(digits, Options(), ignore_progress, cancel)


def test_waiting_for_a_turn_can_be_cancelled(host: HostProcess, digits: np.ndarray, long: np.ndarray) -> None:
    with Running(host, long):
        cancel = CancelToken()
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(host.transcribe, digits, Options(), ignore_progress, cancel)
            cancel.cancel()
            with pytest.raises(Cancelled):
                waiting.result(timeout=1.5)


@pytest.mark.shares_process
def test_a_crash_in_the_middle_of_a_job(host: HostProcess, digits: np.ndarray, long: np.ndarray, expected: str) -> None:
    with Running(host, long) as running:
        pid = host.pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        with pytest.raises(LabBenchError, match="ended unexpectedly"):
            running.job.result(timeout=5.0)
    assert host.pid is None
    assert transcribe(host, digits).text == expected
    assert host.pid not in (None, pid)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal there that stops a process")
@pytest.mark.parametrize(
    "seconds_of_sound", [2.0, pytest.param(300.0, marks=pytest.mark.slow)]
)  # more than a pipe holds: sending it hangs, too
def test_a_process_that_hangs_is_ended_once_within_its_time(digits: np.ndarray, seconds_of_sound: float) -> None:
    host = HostProcess(small_whisper(), hung_seconds=3 * PERIOD_SECONDS)  # the next one is to work, also beside others
    try:
        host.load(CancelToken())
        assert host.pid is not None
        os.kill(host.pid, signal.SIGSTOP)
        sound = np.resize(digits, round(seconds_of_sound * MODEL_RATE))
        began = time.monotonic()
        with pytest.raises(LabBenchError, match="has not answered for 3 seconds and was ended"):
            transcribe(host, sound)
        assert time.monotonic() - began < PATIENCE
        assert host.pid is None
        assert transcribe(host, digits[: 2 * MODEL_RATE]).text  # a new one
    finally:
        host.close()


class LookedAt(CancelToken):
    """Tells when a job has looked at it for the first time: just before it asks the process."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = threading.Event()

    def check(self) -> None:
        super().check()
        self.looked.set()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no signal there that stops a process")
def test_cancel_ends_a_process_that_hangs(digits: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the limits that are set rather than by the clock: how soon an end is carried out depends on what else runs."""
    limits: list[float] = []

    class Listed(Patience):
        def expect_end(self, seconds: float) -> None:
            limits.append(seconds)
            super().expect_end(seconds)

    monkeypatch.setattr(host_channel, "Patience", Listed)
    host = HostProcess(small_whisper(), hung_seconds=10 * PATIENCE)  # so that the cancel alone can end it in time
    try:
        host.load(CancelToken())
        assert host.pid is not None
        os.kill(host.pid, signal.SIGSTOP)
        cancel = LookedAt()
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(host.transcribe, digits, Options(), ignore_progress, cancel)
            assert cancel.looked.wait(PATIENCE)
            limits.clear()
            cancel.cancel()
            with pytest.raises(Cancelled):
                job.result(timeout=PATIENCE)
        assert host.pid is None
        assert set(limits) <= {host_channel.GRACE_SECONDS, 10 * PATIENCE}, "the other one where it had just been asked"
        assert limits[-1] == host_channel.GRACE_SECONDS <= 1.0
    finally:
        host.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems can't limit the memory of a running process")
@pytest.mark.parametrize(
    "spare_bytes", [0, pytest.param(200_000_000, marks=pytest.mark.slow)]
)  # not even for the sound; for the sound, but not for the work
def test_too_little_memory_is_one_sentence_and_the_next_job_works(digits: np.ndarray, spare_bytes: int) -> None:
    host = HostProcess(small_whisper())
    try:
        host.load(CancelToken())
        assert transcribe(host, digits[: 2 * MODEL_RATE]).text
        process = psutil.Process(host.pid)
        before = process.rlimit(psutil.RLIMIT_AS)
        process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms + spare_bytes, before[1]))
        told = "The memory is not enough for Whisper digits"
        if not spare_bytes:  # then not even a thread can begin, and which allocation fails first is chance
            told += "|Whisper digits ended unexpectedly"
        with pytest.raises(LabBenchError, match=told):
            transcribe(host, np.resize(digits, 1200 * MODEL_RATE))
        with suppress(psutil.Error, OSError):  # it may have ended over this
            process.rlimit(psutil.RLIMIT_AS, before)
        assert transcribe(host, digits[: 2 * MODEL_RATE]).text
    finally:
        host.close()


class LastWords:
    """A pipe on which a process says that it ends, and has not ended yet."""

    def send(self, request: object) -> None: ...

    def poll(self, seconds: float) -> bool:
        return True

    def recv(self) -> Failed:
        return Failed("The memory is not enough.", "", ends=True)

    def close(self) -> None: ...


def test_a_process_that_is_about_to_end_is_not_asked_again(digits: np.ndarray) -> None:
    host = HostProcess(small_whisper())
    try:
        host.load(CancelToken())
        channel = host._channel
        assert channel is not None
        channel._connection = LastWords()  # type: ignore[assignment]
        with pytest.raises(LabBenchError, match="not enough"):
            transcribe(host, digits[: 2 * MODEL_RATE])
        assert host.pid is None
        assert transcribe(host, digits[: 2 * MODEL_RATE]).text
    finally:
        host.close()


def test_a_process_that_is_killed_says_that_memory_may_be_the_cause(digits: np.ndarray, long: np.ndarray) -> None:
    """As the system does where all memory is used up."""
    host = HostProcess(small_whisper())
    try:
        with Running(host, long) as running:
            psutil.Process(host.pid).kill()
            with pytest.raises(LabBenchError) as caught:
                running.job.result(timeout=5.0)
        assert sys.platform == "win32" or "choose a smaller model" in caught.value.hint
    finally:
        host.close()


def test_a_stream_whose_process_is_ended_between_two_steps() -> None:
    host = HostProcess(small_whisper())
    try:
        with host.stream(Options(), CancelToken()) as stream:
            host.close()
            with pytest.raises(LabBenchError, match="ended unexpectedly"):
                stream.push(np.zeros(800, np.float32))
    finally:
        host.close()


def test_live_text_over_a_ring(host: HostProcess, digits: np.ndarray) -> None:
    """The speaker goes on once the last piece has been heard; all words settle to what the whole clip gives."""
    ring = SharedRing.create(MODEL_RATE, 20.0)
    stop = CancelToken()
    updates: list[LiveUpdate] = []
    at = 0

    def speak(update: LiveUpdate | None = None) -> None:
        nonlocal at
        if update is not None:
            updates.append(update)
        ring.write(digits[at : at + MODEL_RATE])
        at += MODEL_RATE
        if at >= len(digits):
            stop.cancel()

    try:
        host.load(CancelToken())
        speak()
        final = transcribe_live(host, ring.name, Options(), speak, stop, CancelToken())
    finally:
        ring.close()
    assert final.heard == pytest.approx(len(digits) / MODEL_RATE, abs=0.001)
    assert final.provisional == ""
    whole = [plain(word.text) for word in transcribe(host, digits).words]
    assert [plain(word.text) for word in final.words] == whole
    assert [update.text.heard for update in updates] == sorted(update.text.heard for update in updates)
    assert any(update.text.provisional for update in updates)
    for update in updates:
        settled = update.text.settled.split()
        assert final.settled.split()[: len(settled)] == settled


def test_live_text_can_be_cancelled(host: HostProcess, digits: np.ndarray) -> None:
    ring = SharedRing.create(MODEL_RATE, 20.0)
    cancel = CancelToken()
    try:
        ring.write(digits[:MODEL_RATE])
        with pytest.raises(Cancelled):
            transcribe_live(host, ring.name, Options(), lambda _: cancel.cancel(), CancelToken(), cancel)
    finally:
        ring.close()
    assert transcribe(host, digits[:MODEL_RATE]).duration == 1.0


class Evil:
    """Unpickled, it would make a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self._folder),)


def test_a_file_that_would_run_code_does_not(tmp_path: Path) -> None:
    import torch

    from labbench.models.whisper_checkpoint import load_checkpoint

    evil = {"dims": Evil(tmp_path / "ran"), "model_state_dict": {}}
    torch.save(evil, tmp_path / "zip.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(evil))
    torch.save(evil, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    for name in ("zip.pt", "plain.pt", "old.pt"):
        with pytest.raises(FormatError, match="not a Whisper checkpoint"):
            load_checkpoint(tmp_path / name)
        assert not (tmp_path / "ran").exists()


def test_files_that_are_no_models(tmp_path: Path) -> None:
    import torch

    from labbench.models.whisper_checkpoint import load_checkpoint

    whole = CHECKPOINT.read_bytes()
    good = torch.load(CHECKPOINT, map_location="cpu", weights_only=True)
    random = np.random.default_rng(0)
    contents: list[object] = [
        b"",
        b"hello",
        whole[: len(whole) // 2],
        *(random.bytes(random.integers(1, 300)) for _ in range(60)),
        *(pickle.dumps({"a": 1})[:cut] + random.bytes(9) for cut in range(1, 15)),
        {"model_state_dict": {}},
        [1, 2],
        {"dims": {}, "model_state_dict": {}},
        {**good, "model_state_dict": {}},
        {**good, "dims": {**good["dims"], "n_vocab": 10**12}},
        {**good, "dims": {**good["dims"], "n_audio_layer": 10_000}},
        {**good, "dims": {**good["dims"], "n_audio_head": 0}},
        {**good, "dims": {**good["dims"], "n_audio_state": "many"}},
    ]
    path = tmp_path / "foreign.pt"
    for content in contents:
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        with pytest.raises(FormatError, match=r"foreign\.pt is not a Whisper checkpoint"):
            load_checkpoint(path)
    with pytest.raises(LabBenchError, match="There is no file"):
        load_checkpoint(tmp_path / "none.pt")
    with pytest.raises(LabBenchError):
        load_checkpoint(tmp_path)


def test_a_foreign_file_is_said_by_the_process_too(tmp_path: Path) -> None:
    (tmp_path / "foreign.pt").write_bytes(b"hello")
    host = HostProcess(engines.whisper_file(tmp_path / "foreign.pt"))
    try:
        with pytest.raises(LabBenchError, match="not a Whisper checkpoint"):
            host.load(CancelToken())
    finally:
        host.close()
