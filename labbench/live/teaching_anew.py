"""Words taught by one embedder, taught anew by another from the same recordings, in a process of its own. No Qt.

Nothing that was there changes: the words come back as new ones, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress
from labbench.core.timebase import MODEL_RATE
from labbench.live.embedding_host_main import HostNews, Told
from labbench.live.embedding_link import EmbeddingHosts, EmbeddingLink
from labbench.live.embedding_messages import CohortGiven, GiveCohort, Ready, Unready
from labbench.live.messages import ClipSpotted, Command, SpotClip, TakeMade, Teach, Trouble
from labbench.live.room_messages import EmbedRoom, MakeAnew, RoomEmbedded, UseRoom
from labbench.live.view_messages import Watch
from labbench.models.embedders import EmbedderSpec, shipped_cohort
from labbench.wakeword.embedder import Frames
from labbench.wakeword.landmarks import Landmark
from labbench.wakeword.room import Room
from labbench.wakeword.scoring import needs_windows
from labbench.wakeword.spotter import HOP, SpotFrame
from labbench.wakeword.templates import decode_frames
from labbench.wakeword.words import Take, TaughtWord, WordModel, judge

HOP_MS = HOP * 1000.0 / MODEL_RATE
"""What one hop may cost."""
STAYS = "Everything stays as it was."
_TICK_SECONDS = 0.05
_MEASURED_SECONDS = 4.0
_WARM_HOPS = 3
MakeModels = Callable[[Sequence[TaughtWord], tuple[Frames, ...], tuple[Frames, ...]], Sequence[WordModel]]
"""From the words, the windows of the cohort, and those of the room where the words' scorings need them."""


@dataclass(frozen=True)
class Cost:
    """Medians over hops, in milliseconds: of embedding a window, and of comparing it with all words."""

    embed_ms: float
    score_ms: float

    @property
    def total_ms(self) -> float:
        return self.embed_ms + self.score_ms

    @property
    def keeps_up(self) -> bool:
        """Whether there is time to spare; beside a window and a transcriber, most of a hop is too much."""
        return self.total_ms < 0.7 * HOP_MS


def cost_of(frames: Iterable[SpotFrame]) -> Cost | None:
    """Of hops that were scored; None where none was."""
    costs = [(frame.embed_ms, frame.score_ms) for frame in frames if frame.embed_ms > 0]
    if not costs:
        return None
    embed, score = np.median(np.array(costs), axis=0)
    return Cost(float(embed), float(score))


@dataclass(frozen=True, eq=False)
class TaughtAnew:
    """The words, the embedder's name and checksum, its cohort where it does not come with the program (as `CohortGiven`
    has it), what a hop costs, and the windows of the room where the words' scorings need them."""

    words: tuple[TaughtWord, ...]
    name: str
    checksum: str
    codes: NDArray[np.int8] | None
    cost: Cost | None
    room: tuple[Frames, ...] = ()


def teach_anew(
    hosts: EmbeddingHosts,
    spec: EmbedderSpec,
    words: Sequence[TaughtWord],
    room: Room | None,
    make_models: MakeModels,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> TaughtAnew:
    """All takes of `words` through that embedder; thresholds set by hand are dropped, for they mean something else now.

    Blocks: for a job's thread. The process stays as the spare one of `hosts`. Raises Cancelled, LabBenchError.
    """
    silent = [word.name for word in words if not _has_recordings(word)]
    if silent:
        raise LabBenchError(
            f"“{silent[0]}” came without its recordings, so it can't be taught anew.",
            f"Forget it, or ask for it with its recordings. {STAYS}",
        )
    link = hosts.take(spec)
    try:
        found = _taught(link, words, room, make_models, on_progress, cancel)
    except BaseException:
        link.close()
        raise
    if spec.is_default:  # it listens in the ear
        link.close()
    else:
        link.send(Teach(()))
        hosts.keep(link)
    return found


def heard_anew(
    hosts: EmbeddingHosts,
    spec: EmbedderSpec,
    models: Sequence[WordModel],
    landmarks: Sequence[Landmark],
    samples: NDArray[np.float32],
    on_progress: OnProgress,
    cancel: CancelToken,
) -> tuple[SpotFrame, ...]:
    """A whole clip (16 kHz) through that embedder: distances to its words, and `watched` ones to each landmark.

    As `teach_anew`. Raises Cancelled, LabBenchError.
    """
    link = hosts.take(spec)
    try:
        if link.ready is None:
            _wait(link, lambda news: isinstance(news, Ready), on_progress, cancel)
        on_progress(Progress(0.0, None, "", "hearing the shown sound"))
        link.send(Teach(tuple(models)))
        link.send(Watch(1, tuple(landmarks)))
        answer = _ask(link, SpotClip(0, samples), ClipSpotted, on_progress, cancel)
    except BaseException:
        link.close()
        raise
    if spec.is_default:
        link.close()
    else:
        link.send(Watch(1))
        link.send(Teach(()))
        hosts.keep(link)
    return answer.event.frames if isinstance(answer.event, ClipSpotted) else ()


def windows_of(spec: EmbedderSpec, codes: NDArray[np.int8] | None) -> tuple[Frames, ...]:
    """The background cohort's windows; empty where it is not at hand. Raises LabBenchError."""
    if codes is not None:
        return tuple(decode_frames(window) for window in codes)
    shipped = shipped_cohort(spec.name)
    return shipped.windows if shipped is not None else ()


def no_models(words: object, windows: object, room: object) -> tuple[WordModel, ...]:
    """For `teach_anew` where there are no words, and only the cohort is wanted."""
    return ()


def _has_recordings(word: TaughtWord) -> bool:
    return all(take.samples.any() for take in (*word.takes, *word.against) if take.templates)


def _taught(
    link: EmbeddingLink,
    words: Sequence[TaughtWord],
    room: Room | None,
    make_models: MakeModels,
    on_progress: OnProgress,
    cancel: CancelToken,
) -> TaughtAnew:
    ready = link.ready or _wait(link, lambda news: isinstance(news, Ready), on_progress, cancel)
    assert isinstance(ready, Ready)
    takes = tuple(take for word in words for take in (*word.takes, *word.against))
    made = _made(link, takes, room, on_progress, cancel)
    new = [
        replace(
            word,
            takes=tuple(next(made) for _ in word.takes),
            against=tuple(next(made) for _ in word.against),
            threshold_set=None,
        )
        for word in words
    ]
    codes = None
    if shipped_cohort(link.spec.name) is None:
        link.send(GiveCohort(0))
        given = _wait(link, lambda news: isinstance(news, CohortGiven), on_progress, cancel)
        codes = given.codes if isinstance(given, CohortGiven) else None
    on_progress(Progress(len(takes), len(takes), "takes", "judging"))
    windows, heard = windows_of(link.spec, codes), _heard(link, words, room, on_progress, cancel)
    for number, word in enumerate(new):
        cancel.check()
        new[number] = judge(word, new[:number] + new[number + 1 :], windows)
    models = make_models(new, windows, heard)
    link.send(Teach(tuple(models)))
    spoken = [take.samples for take in takes] or [np.zeros(MODEL_RATE, np.float32)]
    clip = np.resize(np.concatenate(spoken), round(_MEASURED_SECONDS * MODEL_RATE)).astype(np.float32)
    answer = _ask(link, SpotClip(0, clip), ClipSpotted, on_progress, cancel)
    frames = answer.event.frames if isinstance(answer.event, ClipSpotted) else ()
    return TaughtAnew(tuple(new), ready.name, ready.checksum, codes, cost_of(frames[_WARM_HOPS:]), heard)


def _made(
    link: EmbeddingLink, takes: Sequence[Take], room: Room | None, on_progress: OnProgress, cancel: CancelToken
) -> Iterator[Take]:
    """The same takes with templates of the link's embedder, as made in that room, one after the other."""
    link.send(UseRoom(room))
    for number, take in enumerate(takes):
        on_progress(Progress(number, len(takes), "takes"))
        answer = _ask(link, MakeAnew(number, take), TakeMade, on_progress, cancel)
        assert isinstance(answer.event, TakeMade) and answer.event.take is not None
        yield answer.event.take


def _heard(
    link: EmbeddingLink, words: Sequence[TaughtWord], room: Room | None, on_progress: OnProgress, cancel: CancelToken
) -> tuple[Frames, ...]:
    """The windows of the room, where one of the words needs them."""
    if room is None or not any(needs_windows(word.scoring) for word in words):
        return ()
    answer = _ask(link, EmbedRoom(0, room), RoomEmbedded, on_progress, cancel)
    assert isinstance(answer.event, RoomEmbedded)
    return tuple(map(decode_frames, answer.event.codes))


def _ask(link: EmbeddingLink, command: Command, answer: type, on_progress: OnProgress, cancel: CancelToken) -> Told:
    """What the listener there answers with."""
    link.send(command)
    found = _wait(link, lambda news: isinstance(news, Told) and isinstance(news.event, answer), on_progress, cancel)
    assert isinstance(found, Told)
    return found


def _wait(
    link: EmbeddingLink, wanted: Callable[[HostNews], bool], on_progress: OnProgress, cancel: CancelToken
) -> HostNews:
    while True:
        cancel.check()
        for news in link.poll():
            if isinstance(news, Progress):
                on_progress(news)
            _raise(news)
            if wanted(news):
                return news
        link.wait(_TICK_SECONDS)


def _raise(news: HostNews) -> None:
    if isinstance(news, Unready):
        raise LabBenchError(news.message, f"{news.hint} {STAYS}")
    if isinstance(news, Told) and isinstance(news.event, Trouble):
        raise LabBenchError(news.event.message, f"{news.event.hint} {STAYS}")
