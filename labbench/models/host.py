"""The host process: one loaded engine, apart from the window, so that neither its weight nor its crash is felt there.

Requests and replies are those of `host_messages`. The process's main thread works; a second one only listens, so that a
cancel is noticed in the middle of a job.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection

from labbench.core.errors import Cancelled, LabBenchError
from labbench.core.progress import CancelToken
from labbench.models.devices import is_full, memory_error
from labbench.models.engines import EngineSpec, load
from labbench.models.host_messages import (
    Cancel,
    Failed,
    Finish,
    Loaded,
    OpenStream,
    Push,
    Quit,
    Reply,
    Request,
    Stopped,
    Transcribe,
)
from labbench.models.memory import hand_back
from labbench.models.pulse import Pulse
from labbench.transcript.engine import Engine, LiveStream
from labbench.transcript.types import LiveText

IDLE_SECONDS = 0.3
"""After a job, memory is handed back when nobody has asked for the next one so long: it takes a tenth of a second."""


class Host:
    """Answers requests with one engine: the part that process and synchronous twin share."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stream: LiveStream | None = None

    def answer(self, request: Request, send: _Send, cancel: CancelToken) -> None:
        """Carry out one request; `send` gets progress and exactly one last reply."""
        try:
            send(self._answer(request, send, cancel))
        except Cancelled:
            self._stream = None
            send(Stopped())
        except LabBenchError as error:
            send(Failed(error.message, error.hint))
        except Exception as error:  # noqa: BLE001 - a defect must not end the process with its loaded model
            self._stream = None
            send(_failure(error, self._engine.info.title, "The engine failed", "Try again."))

    def _answer(self, request: Request, send: _Send, cancel: CancelToken) -> Reply:
        match request:
            case Transcribe(samples, options, stopped):
                return self._engine.transcribe(samples, options, send, cancel, stopped)
            case OpenStream(options):
                self._stream = self._engine.open_stream(options, cancel)
                return LiveText((), 0.0)
            case Push(samples) if self._stream is not None:
                return self._stream.push(samples)
            case Finish() if self._stream is not None:
                stream, self._stream = self._stream, None
                return stream.finish()
            case _:
                raise LabBenchError("The live transcription is no longer running.", "Start it again.")


class _Send:
    """Replies over a pipe, from any thread; silent once the other side is gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()

    def __call__(self, reply: Reply) -> None:
        with self._turn, contextlib.suppress(OSError):
            self._connection.send(reply)


def host_main(connection: Connection, spec: EngineSpec) -> None:
    """Entry of the spawned process: load, then answer until `Quit` or the window is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches every process; the near side decides
    step_back()
    send = _Send(connection)
    pulse = Pulse(send)
    try:
        with pulse.during(must_work=False):  # a slow disk takes its time
            host = Host(load(spec))
    except LabBenchError as error:
        send(Failed(error.message, error.hint))
        return
    except Exception as error:  # noqa: BLE001 - told with its details instead of a process that just ends
        send(_failure(error, spec.title, "The engine could not be loaded", "Install the program again."))
        return
    send(Loaded(host._engine.info))
    requests: queue.Queue[tuple[Request, CancelToken]] = queue.Queue(maxsize=8)
    listener = threading.Thread(
        target=_listen, args=(connection, requests, send, spec.title), name="listen", daemon=True
    )
    listener.start()
    used: bool = True  # loading did
    while True:
        try:
            request, cancel = requests.get(timeout=IDLE_SECONDS if used else None)
        except queue.Empty:
            hand_back()
            used = False
            continue
        if isinstance(request, Quit):
            return
        with pulse.during(must_work=not spec.is_remote):
            host.answer(request, send, cancel)
        used = isinstance(request, Transcribe | Finish)


def _failure(error: Exception, title: str, what: str, hint: str) -> Failed:
    """Too little memory is an expected failure; anything else comes with its details. Called while it is handled."""
    if is_full(error):
        full = memory_error(title)
        return Failed(full.message, full.hint)
    return Failed(f"{what} ({error}).", hint, traceback.format_exc())


def step_back() -> None:
    """Run at a lower priority than window and ear: text may come a little later, a picture that trembles is seen."""
    import psutil

    with contextlib.suppress(OSError, psutil.Error):
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 10)


def _listen(
    connection: Connection, requests: queue.Queue[tuple[Request, CancelToken]], send: _Send, title: str
) -> None:
    """Hand requests to the working thread; a `Cancel` reaches the token of the newest one. Ends with the connection."""
    newest = CancelToken()
    while True:
        try:
            request = connection.recv()
        except MemoryError:  # what is left of this request would be taken for the next one
            full = memory_error(title)
            send(Failed(full.message, full.hint, ends=True))
            newest.cancel()
            requests.put((Quit(), newest))
            return
        except (EOFError, OSError):
            newest.cancel()
            requests.put((Quit(), newest))
            return
        if isinstance(request, Cancel):
            newest.cancel()
            continue
        if not isinstance(request, Push | Finish):
            newest = CancelToken()
        requests.put((request, newest))
