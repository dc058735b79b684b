"""Downloads against a real HTTP server on this computer that can be told to misbehave."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import re
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import BadStatusLine, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.file_lock import Held, exclusive
from labbench.core.progress import CancelToken, Progress
from labbench.models import download as module
from labbench.models.download import download

BODY = random.Random(1).randbytes(600_011)
SIZE = len(BODY)
RIGHT = hashlib.sha256(BODY).hexdigest()


@dataclass
class Behaviour:
    """What the server does next, and what it was asked."""

    body: bytes = BODY
    etag: str | None = '"v1"'
    ranges: bool = True
    cut_at: int | None = None
    status: int | None = None
    content_range: str | None = None
    location: str | None = None
    length: bool = True
    hold: threading.Event | None = None
    asked: threading.Event = field(default_factory=threading.Event)
    log: list[tuple[str | None, str | None, int]] = field(default_factory=list)

    @property
    def ranges_asked(self) -> list[str | None]:
        return [wanted for wanted, _, _ in self.log]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        how: Behaviour = self.server.how  # type: ignore[attr-defined]
        how.asked.set()
        if how.hold is not None:
            assert how.hold.wait(10)
        wanted, version = self.headers["Range"], self.headers["If-Range"]
        status, start = how.status or 200, 0
        if wanted and how.ranges and version in (None, how.etag) and not how.status:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            status = 206 if start < len(how.body) else 416
        payload = how.body[start:] if status in (200, 206) else b""
        sent = payload if how.cut_at is None else how.body[start : max(start, how.cut_at)]
        how.log.append((wanted, version, len(sent)))
        self.send_response(status)
        if how.length:
            self.send_header("Content-Length", str(len(payload)))
        if how.etag:
            self.send_header("ETag", how.etag)
        if how.location:
            self.send_header("Location", how.location)
        if status == 206:
            said = how.content_range or f"bytes {start}-{len(how.body) - 1}/{len(how.body)}"
            self.send_header("Content-Range", said)
        try:
            self.end_headers()
            self.wfile.write(sent)
        except ConnectionError:
            pass  # the client has had enough: that is what a cancel looks like from here


class Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for every handler
    how = Behaviour()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def how(server: Server) -> Behaviour:
    server.how = Behaviour()
    return server.how


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/some.pt"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "some.pt"


def ticking() -> Callable[[], float]:
    """A clock that goes on one second with every look, so that every block is reported."""
    seconds = count()
    return lambda: float(next(seconds))


def part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def interrupt(url: str, target: Path, how: Behaviour, at: int) -> None:
    """Download until the connection breaks off after `at` bytes of the file."""
    how.cut_at = at
    with pytest.raises(LabBenchError, match="broke off"):
        download(url, target, RIGHT)
    how.cut_at = None
    how.log.clear()
    assert not target.exists()
    assert part_of(target).read_bytes() == BODY[:at]


def assert_done(target: Path) -> None:
    assert target.read_bytes() == BODY
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_whole_file(url: str, target: Path, how: Behaviour) -> None:
    seen: list[Progress] = []
    assert download(url, target, RIGHT.upper(), on_progress=seen.append, clock=ticking()) == target
    assert_done(target)
    assert how.log == [(None, None, SIZE)]
    assert [step.done for step in seen] == sorted({step.done for step in seen})
    assert (seen[0].done, seen[-1].done) == (0, SIZE)
    assert {(step.total, step.unit) for step in seen} == {(SIZE, "bytes")}
    assert seen[0].note == ""
    assert all(re.fullmatch(r"\d+ kB/s, \d+ s left", step.note) for step in seen[1:])


def test_reports_come_at_most_ten_times_a_second(url: str, target: Path, how: Behaviour) -> None:
    seen: list[Progress] = []
    download(url, target, RIGHT, on_progress=seen.append, clock=lambda: 5.0)
    assert [step.done for step in seen] == [0, SIZE]


def test_a_right_file_costs_no_request(url: str, target: Path, how: Behaviour) -> None:
    target.parent.mkdir()
    target.write_bytes(BODY)
    assert download(url, target, RIGHT) == target
    assert how.log == []


def test_a_wrong_file_is_replaced_only_once_the_right_one_is_there(url: str, target: Path, how: Behaviour) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    how.status = 503
    with pytest.raises(LabBenchError):
        download(url, target, RIGHT)
    assert target.read_bytes() == b"old"
    how.status = None
    download(url, target, RIGHT)
    assert_done(target)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(cuts=st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=3).map(sorted))
def test_interrupted_anywhere_and_resumed_gives_the_same_file(server: Server, cuts: list[int]) -> None:
    how = server.how = Behaviour()
    where = f"http://127.0.0.1:{server.server_port}/some.pt"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "some.pt"
        for cut in cuts:
            how.cut_at = cut
            with pytest.raises(LabBenchError, match=r"goes on where it stopped"):
                download(where, target, RIGHT)
            assert part_of(target).read_bytes() == BODY[:cut]
        how.cut_at = None
        download(where, target, RIGHT)
        assert_done(target)
    starts = [0, *cuts]
    assert how.ranges_asked == [f"bytes={start}-" if start else None for start in starts]
    # Over all attempts together every byte was sent exactly once.
    assert sum(sent for _, _, sent in how.log) == SIZE


def test_resuming_reports_from_where_it_stopped(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 400_000)
    seen: list[Progress] = []
    download(url, target, RIGHT, on_progress=seen.append, clock=ticking())
    fetched = [step for step in seen if step.note != "checking"]
    assert (fetched[0].done, fetched[0].total) == (400_000, SIZE)
    assert seen[-1].done == SIZE
    assert_done(target)


def test_a_complete_part_needs_no_request(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 1000)
    part_of(target).write_bytes(BODY)
    download(url, target, RIGHT)
    assert how.log == []
    assert_done(target)


def test_a_server_that_ignores_range_starts_again(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 300_000)
    how.ranges = False
    download(url, target, RIGHT)
    assert how.log == [("bytes=300000-", '"v1"', SIZE)]
    assert_done(target)


def test_a_new_version_on_the_server_starts_again(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 300_000)
    part_of(target).write_bytes(b"of the old version" * 1000)
    how.etag = '"v2"'
    download(url, target, RIGHT)
    assert how.log == [("bytes=18000-", '"v1"', SIZE)]
    assert_done(target)


@pytest.mark.parametrize("etag", [None, 'W/"weak"', "unquoted"])
def test_without_a_strong_etag_it_starts_again(url: str, target: Path, how: Behaviour, etag: str | None) -> None:
    how.etag = etag
    how.cut_at = 300_000
    with pytest.raises(LabBenchError, match="start from the beginning"):
        download(url, target, RIGHT)
    how.cut_at = None
    download(url, target, RIGHT)
    assert how.ranges_asked == [None, None]
    assert_done(target)


@pytest.mark.parametrize("said", ["bytes 0-9/10", f"bytes 299999-{SIZE - 1}/{SIZE}", "nonsense"])
def test_an_answer_from_the_wrong_place_is_not_appended(url: str, target: Path, how: Behaviour, said: str) -> None:
    interrupt(url, target, how, 300_000)
    how.content_range = said
    download(url, target, RIGHT)
    assert how.ranges_asked == ["bytes=300000-", None]
    assert_done(target)


def test_a_partial_answer_of_another_version_is_not_appended(
    url: str, target: Path, how: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(url, target, how, 300_000)
    # A server that knows Range but not If-Range.
    monkeypatch.setattr(Handler, "send_header", ignoring_if_range(Handler.send_header))
    download(url, target, RIGHT)
    assert how.ranges_asked == ["bytes=300000-", None]
    assert_done(target)


def ignoring_if_range(send_header: Callable[..., None]) -> Callable[..., None]:
    def send(self: Handler, keyword: str, value: str) -> None:
        send_header(self, keyword, '"v2"' if keyword == "ETag" else value)

    return send


def test_a_part_longer_than_the_file_starts_again(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 1000)
    part_of(target).write_bytes(BODY + b"more")
    download(url, target, RIGHT)
    assert how.ranges_asked == [f"bytes={SIZE + 4}-", None]
    assert_done(target)


def test_a_part_with_wrong_bytes_is_found_out(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 1000)
    part_of(target).write_bytes(bytes(1000))
    with pytest.raises(LabBenchError, match="arrived damaged"):
        download(url, target, RIGHT)
    assert list(target.parent.iterdir()) == []
    download(url, target, RIGHT)
    assert_done(target)


def test_wrong_bytes_from_the_server_never_get_the_name(url: str, target: Path, how: Behaviour) -> None:
    how.body = BODY[:-1] + b"?"
    with pytest.raises(LabBenchError, match=r"arrived damaged .* was deleted"):
        download(url, target, RIGHT)
    assert list(target.parent.iterdir()) == []


def test_a_server_that_names_no_length(url: str, target: Path, how: Behaviour) -> None:
    how.length = False
    seen: list[Progress] = []
    download(url, target, RIGHT, on_progress=seen.append, clock=ticking())
    assert {step.total for step in seen} == {None}
    assert_done(target)


def test_cancel_midway_and_resume(url: str, target: Path, how: Behaviour) -> None:
    cancel, seen = CancelToken(), []

    def stop(progress: Progress) -> None:
        seen.append(int(progress.done))
        if 0 < progress.done < SIZE:
            cancel.cancel()

    with pytest.raises(Cancelled):
        download(url, target, RIGHT, on_progress=stop, cancel=cancel, clock=ticking())
    assert 0 < seen[-1] < SIZE
    assert part_of(target).read_bytes() == BODY[: seen[-1]]
    download(url, target, RIGHT)
    assert how.ranges_asked == [None, f"bytes={seen[-1]}-"]
    assert_done(target)


def test_cancelled_before_it_starts_asks_nothing(url: str, target: Path, how: Behaviour) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        download(url, target, RIGHT, cancel=cancel)
    assert how.log == []


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "no such file"), (503, "too busy"), (429, "too busy"), (403, "does not hand out"), (204, "does not")],
)
def test_other_answers_than_the_file(url: str, target: Path, how: Behaviour, status: int, words: str) -> None:
    how.status = status
    with pytest.raises(LabBenchError, match=words) as caught:
        download(url, target, RIGHT)
    assert f"HTTP {status}" in caught.value.message
    assert "use a file from a USB stick" in caught.value.hint
    assert list(target.parent.iterdir()) == []


def test_an_error_while_resuming_keeps_the_part(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 300_000)
    how.status = 503
    with pytest.raises(LabBenchError, match="503"):
        download(url, target, RIGHT)
    assert part_of(target).read_bytes() == BODY[:300_000]


def test_no_connection(target: Path) -> None:
    with Server(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    with pytest.raises(LabBenchError, match=r"no connection to 127\.0\.0\.1") as caught:
        download(f"http://127.0.0.1:{port}/some.pt", target, RIGHT)
    assert "USB stick" in caught.value.hint


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), "does not answer"),
        (URLError(TimeoutError("timed out")), "does not answer"),
        (URLError(ssl.SSLCertVerificationError("self-signed")), "could not prove who it is"),
        (RemoteDisconnected("closed"), "no connection"),
        (BadStatusLine("gibberish"), "no connection"),
    ],
)
def test_no_answer(url: str, target: Path, how: Behaviour, error: Exception, words: str) -> None:
    def opener(request: object, timeout: float) -> Any:
        assert timeout == module.TIMEOUT
        raise error

    with pytest.raises(LabBenchError, match=words) as caught:
        download(url, target, RIGHT, opener=opener)
    assert "USB stick" in caught.value.hint


@pytest.mark.parametrize(
    "bad",
    [
        "file:///etc/passwd",
        "ftp://example.org/x.pt",
        "http://example.org/x.pt",
        "http://127.0.0.1.example.org/x.pt",
        "ftp://127.0.0.1/x.pt",
        "https:///x.pt",
        "https://[::1/x.pt",
        "some.pt",
    ],
)
def test_other_addresses_are_refused(target: Path, bad: str) -> None:
    with pytest.raises(LabBenchError, match="not an https address"):
        download(bad, target, RIGHT)
    assert not target.parent.exists()


def test_a_redirect_out_of_https_is_refused(url: str, target: Path, how: Behaviour) -> None:
    how.status, how.location = 302, "http://example.org/some.pt"
    with pytest.raises(LabBenchError, match="not an https address"):
        download(url, target, RIGHT)


def test_this_computer_is_never_asked_for_through_a_proxy(
    url: str, target: Path, how: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    download(url, target, RIGHT)
    assert_done(target)


def test_too_little_room_is_said_before_anything_is_written(url: str, target: Path, how: Behaviour) -> None:
    how.body = bytes(20_000_000)
    with pytest.raises(LabBenchError, match=r"needs 20 MB more on this disk, and 5\.0 MB are free"):
        download(url, target, RIGHT, free_space=lambda folder: 5_000_000)
    assert list(target.parent.iterdir()) == []


def test_room_for_the_missing_bytes_is_enough(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 400_000)
    with pytest.raises(LabBenchError, match="needs 200 kB more"):
        download(url, target, RIGHT, free_space=lambda folder: SIZE - 400_001)
    assert part_of(target).read_bytes() == BODY[:400_000]
    download(url, target, RIGHT, free_space=lambda folder: SIZE - 400_000)
    assert_done(target)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "cannot be written"), (errno.EIO, "cannot be written")],
)
def test_an_error_of_the_disk_keeps_the_part(
    url: str, target: Path, how: Behaviour, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    written: list[int] = []

    def write(fd: int, block: bytes) -> None:
        if written:
            os.write(fd, block[:100])
            raise OSError(number, os.strerror(number))
        written.append(os.write(fd, block))

    with monkeypatch.context() as patched:
        patched.setattr(module, "_write", write)
        with pytest.raises(LabBenchError, match=words):
            download(url, target, RIGHT)
    have = written[0] + 100
    assert part_of(target).read_bytes() == BODY[:have]
    download(url, target, RIGHT)
    assert how.ranges_asked == [None, f"bytes={have}-"]
    assert_done(target)


def test_a_folder_that_cannot_be_made(url: str, tmp_path: Path, how: Behaviour) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LabBenchError, match="cannot be written"):
        download(url, tmp_path / "file" / "some.pt", RIGHT)
    assert how.log == []


def test_two_at_once_do_not_meet(url: str, target: Path, how: Behaviour) -> None:
    how.hold = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            first = pool.submit(download, url, target, RIGHT)
            assert how.asked.wait(10)
            with pytest.raises(LabBenchError, match="being downloaded by another window"):
                download(url, target, RIGHT)
        finally:
            how.hold.set()
        assert first.result() == target
    assert len(how.log) == 1
    assert_done(target)


def test_what_another_process_finished_meanwhile_is_taken(
    url: str, target: Path, how: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish_first(path: Path) -> Any:
        target.write_bytes(BODY)
        return exclusive(path)

    monkeypatch.setattr(module, "exclusive", finish_first)
    download(url, target, RIGHT)
    assert how.log == []
    assert_done(target)


HOLDER = """
import sys
from pathlib import Path
from labbench.core.file_lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_leaves_no_stale_lock(url: str, target: Path, how: Behaviour) -> None:
    target.parent.mkdir()
    lock = target.with_name("some.pt.lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline().strip() == b"held"
            with pytest.raises(LabBenchError, match="another window"):
                download(url, target, RIGHT)
        finally:
            holder.kill()
    assert lock.exists()
    download(url, target, RIGHT)
    assert_done(target)


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(ValueError, match="inside"), exclusive(path):
        with pytest.raises(Held), exclusive(path):
            raise AssertionError("entered twice")
        raise ValueError("inside")
    assert not path.exists()
    with exclusive(path):
        assert path.exists()


@pytest.mark.parametrize("off", [-1000, 1000])
def test_a_file_of_another_size_is_not_fetched(url: str, target: Path, how: Behaviour, off: int) -> None:
    with pytest.raises(LabBenchError, match="another file under the name"):
        download(url, target, RIGHT, size_bytes=SIZE + off)
    assert list(target.parent.iterdir()) == []


def test_a_server_without_length_that_never_ends(url: str, target: Path, how: Behaviour) -> None:
    how.length = False
    how.body = BODY + bytes(5_000_000)
    download(url, target, RIGHT, size_bytes=SIZE)
    assert_done(target)


def test_a_server_without_length_that_breaks_off(url: str, target: Path, how: Behaviour) -> None:
    how.length, how.cut_at = False, 300_000
    with pytest.raises(LabBenchError, match="broke off"):
        download(url, target, RIGHT, size_bytes=SIZE)
    how.cut_at = None
    download(url, target, RIGHT, size_bytes=SIZE)
    assert how.ranges_asked == [None, "bytes=300000-"]
    assert_done(target)


def test_a_server_that_lies_about_the_length_when_going_on(url: str, target: Path, how: Behaviour) -> None:
    interrupt(url, target, how, 300_000)
    how.content_range = f"bytes 300000-{SIZE + 9}/{SIZE + 10}"
    with pytest.raises(LabBenchError, match="another file under the name"):
        download(url, target, RIGHT, size_bytes=SIZE)
    assert list(target.parent.iterdir()) == []


def test_room_is_checked_also_where_the_server_names_no_length(url: str, target: Path, how: Behaviour) -> None:
    how.length = False
    with pytest.raises(LabBenchError, match="needs 600 kB more"):
        download(url, target, RIGHT, size_bytes=SIZE, free_space=lambda folder: SIZE - 1)


def test_a_server_that_stalls_and_goes_on_later(
    url: str, target: Path, how: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    stalled = threading.Event()
    write = Handler.send_header

    def hold_after_headers(self: Handler, keyword: str, value: str) -> None:
        write(self, keyword, value)
        if keyword == "ETag":
            assert stalled.wait(10)

    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    with monkeypatch.context() as patched:
        patched.setattr(Handler, "send_header", hold_after_headers)
        with pytest.raises(LabBenchError, match="does not answer"):
            download(url, target, RIGHT)
        stalled.set()
    download(url, target, RIGHT)
    assert_done(target)


def test_plain_http_only_for_a_server_that_the_user_named(target: Path) -> None:
    asked: list[str] = []

    def opener(request: Any, timeout: float) -> Any:
        asked.append(request.full_url)
        raise URLError("no network")

    with pytest.raises(LabBenchError, match="no connection"):
        download("http://school.example/some.pt", target, RIGHT, plain_http=True, opener=opener)
    with pytest.raises(LabBenchError, match="not an https address"):
        download("http://school.example/some.pt", target, RIGHT, opener=opener)
    with pytest.raises(LabBenchError, match="not an https address"):
        download("ftp://school.example/some.pt", target, RIGHT, plain_http=True, opener=opener)
    assert asked == ["http://school.example/some.pt"]


@pytest.mark.parametrize("phase", ["before the answer", "in the middle"])
def test_cancel_while_the_server_stalls(
    url: str, target: Path, how: Behaviour, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    reading, goes_on, all_here = threading.Event(), threading.Event(), threading.Event()

    class Watched(CancelToken):
        """Says when it was last looked at before the read that waits."""

        def check(self) -> None:
            super().check()
            if all_here.is_set():
                reading.set()

    def seen(progress: Progress) -> None:
        if progress.done == 300_000:
            all_here.set()

    cancel, waiting = Watched(), reading
    write = socketserver._SocketWriter.write  # type: ignore[attr-defined]

    def half(self: Any, data: bytes) -> int:
        if len(data) < SIZE:
            return int(write(self, data))
        write(self, data[:300_000])
        assert goes_on.wait(20)
        return int(write(self, data[300_000:]))

    if phase == "in the middle":
        monkeypatch.setattr(socketserver._SocketWriter, "write", half)  # type: ignore[attr-defined]
    else:
        how.hold, waiting = goes_on, how.asked
    with ThreadPoolExecutor(1) as pool:
        try:
            job = pool.submit(download, url, target, RIGHT, on_progress=seen, cancel=cancel, clock=ticking())
            assert waiting.wait(10)
            began = time.monotonic()
            cancel.cancel()
            with pytest.raises(Cancelled):
                job.result(timeout=5)
            assert time.monotonic() - began < 1.0
        finally:
            goes_on.set()
    assert not target.exists()
    if phase == "in the middle":
        assert part_of(target).read_bytes() == BODY[:300_000]
        monkeypatch.undo()
    how.hold = None
    download(url, target, RIGHT)
    assert_done(target)
