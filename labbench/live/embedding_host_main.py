"""The far side of an embedding host: a listener with an embedder of its own, beside the ear.

It hears the ear's 16 kHz ring with its own cursor, so that however slow its embedder is, nothing that is recorded waits
for it. Several of them, each with another embedder, may hear the same ring: nothing here is shared between them.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from labbench.audio.files import read_clip
from labbench.audio.ring import SharedRing
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import OnProgress, Progress, ignore_progress
from labbench.live import messages
from labbench.live.embedding_messages import (
    CohortGiven,
    GiveCohort,
    Listen,
    Ready,
    Speakers,
    StreamEnded,
    Unready,
)
from labbench.live.listener import Listener, WordKit
from labbench.live.messages import Event, Quit, SpotProgress, Spotted, Trouble
from labbench.live.outbox import Outbox
from labbench.models.embedders import EmbedderSpec, make_with_cohort
from labbench.models.host import step_back
from labbench.models.pulse import Alive, Pulse
from labbench.wakeword.templates import encoded

STEP_SECONDS = 0.02
HostCommand = messages.Command | Listen | StreamEnded | Speakers | GiveCohort
LoadKit = Callable[[EmbedderSpec, OnProgress], WordKit]


@dataclass(frozen=True)
class Told:
    """What the listener says, of the stream of that number or of an earlier request."""

    stream: int
    event: Event


HostNews = Told | Ready | Unready | CohortGiven | Progress | Alive


def load_kit(spec: EmbedderSpec, on_progress: OnProgress = ignore_progress) -> WordKit:
    """The embedder, its background cohort, and the babble that comes with the program. Raises LabBenchError."""
    embedder, cohort = make_with_cohort(spec.name, spec.checkpoint, on_progress)
    return WordKit(embedder, cohort, read_clip(paths.assets() / "clips" / "babble.flac").for_models())


class EmbeddingHost:
    """The part that the process and its twin share. Belongs to one thread."""

    def __init__(self, kit: WordKit, send: Callable[[HostNews], None], *, skip_late: bool = True) -> None:
        self._kit = kit
        self._send = send
        self._listener = Listener(lambda: kit, self._tell, skip_late=skip_late)
        self._ring: SharedRing | None = None
        self._stream = 0

    @property
    def ready(self) -> Ready:
        return Ready(self._kit.embedder.name, self._kit.embedder.checksum)

    @property
    def busy(self) -> bool:
        """Whether a clip is being scored while nothing runs, so that the next `step` has something to do at once."""
        return self._ring is None and self._listener.busy

    @property
    def pause(self) -> float | None:
        """Seconds to wait for a command before the next `step`; None where only a command gives it something to do."""
        if self._listener.busy:
            return 0.0
        return STEP_SECONDS if self._ring is not None else None

    def handle(self, command: HostCommand) -> None:
        """Carry out one command. Failures become `Trouble`."""
        try:
            match command:
                case Listen(stream, name, silent_for):
                    self._listen(stream, name, silent_for)
                case StreamEnded():
                    self._part(self._listener.end)
                    self._let_go()
                case Speakers(playing):
                    self._listener.speakers(playing=playing)
                case GiveCohort(ticket):
                    self._send(CohortGiven(ticket, encoded(self._kit.cohort.windows)))
                case _:
                    self._listener.handle(command)
        except LabBenchError as error:
            self._tell(Trouble(error.message, error.hint, getattr(command, "ticket", None)))
        except Exception as error:  # noqa: BLE001 - a model may fail in any way
            message = f"The wake words failed ({error})."
            self._tell(Trouble(message, "Try again, or choose another embedder.", getattr(command, "ticket", None)))

    def step(self) -> None:
        """Hear what has come."""
        self._part(self._listener.step)

    def close(self) -> None:
        self._let_go()

    def _part(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:  # noqa: BLE001 - a model may fail in any way
            self._listener.give_up()
            self._let_go()
            expected = isinstance(error, LabBenchError)
            message = error.message if isinstance(error, LabBenchError) else f"The wake words stopped ({error})."
            hint = error.hint if expected and isinstance(error, LabBenchError) else "The recording goes on."
            self._tell(Trouble(message, hint))

    def _listen(self, stream: int, name: str, silent_for: int) -> None:
        ring = SharedRing.attach(name)
        self._stream = stream
        self._listener.begin(ring, silent_for)
        self._let_go()
        self._ring = ring

    def _let_go(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None

    def _tell(self, event: Event) -> None:
        self._send(Told(self._stream, event))


def embedding_host_main(connection: Connection, spec: EmbedderSpec, load: LoadKit) -> None:
    """Entry of the spawned process: load, then listen until `Quit` or the window is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches every process; the window decides
    step_back()
    outbox = Outbox(connection, expendable=_expendable)
    pulse = Pulse(outbox.put)
    try:
        with pulse.during(must_work=False):  # a slow disk takes its time
            host = EmbeddingHost(load(spec, outbox.put), outbox.put)
    except Exception as error:  # noqa: BLE001 - told instead of a process that just ends
        message = error.message if isinstance(error, LabBenchError) else f"{spec.title} could not be loaded ({error})."
        hint = error.hint if isinstance(error, LabBenchError) else "Choose another embedder."
        outbox.put(Unready(message, hint))
        outbox.close(1.0)
        return
    outbox.put(host.ready)
    try:
        while _serve(connection, host, pulse):
            with pulse.during(must_work=True):
                host.step()
    finally:
        host.close()
        outbox.close(1.0)


def _serve(connection: Connection, host: EmbeddingHost, pulse: Pulse) -> bool:
    """Commands that have arrived, waiting for the next step's time; False once the window is gone or wants the end."""
    try:
        timeout = host.pause
        while _arrived(connection, timeout, pulse):
            command = connection.recv()
            if isinstance(command, Quit):
                return False
            with pulse.during(must_work=True):
                host.handle(command)
            timeout = 0.0
    except (EOFError, OSError):
        return False
    return True


def _arrived(connection: Connection, timeout: float | None, pulse: Pulse) -> bool:
    with pulse.during(must_work=False):
        return connection.poll(timeout)


def _expendable(news: HostNews) -> bool:
    """What a window that is held up can do without."""
    if isinstance(news, Told):
        event = news.event
        return isinstance(event, SpotProgress) or (isinstance(event, Spotted) and not event.detections)
    return isinstance(news, Alive | Progress)
