"""How fast and how right Whisper is here with its real weights: against faster-whisper, openai-whisper, and speech."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from labbench.core.errors import LabBenchError
from labbench.live.equipment import load_word_kit
from labbench.measure import bench_spot
from labbench.measure.bench_whisper_live import live_figures
from labbench.measure.bench_whisper_material import Clip, Material, make_material
from labbench.measure.bench_whisper_sides import (
    OtherSide,
    OurSide,
    Side,
    in_turns,
    others_environment,
    own_command,
    own_environment,
    peer_command,
    seconds_of_process,
)
from labbench.measure.figures import median
from labbench.models import engines, weights
from labbench.models.engines import MOONSHINE, EngineSpec
from labbench.models.hosting import EngineHost, HostProcess
from labbench.transcript.compare import error_rates, pooled
from labbench.transcript.engine import Options

ROUNDS = 3
BASE, TINY = "base", "tiny.en"
_MB = 1e6
Say = Callable[[str], None]
Figures = dict[str, Any]


def be_silent(sentence: str) -> None:
    """For callers that show no progress."""


def measure(peer: str | None = None, rounds: int = ROUNDS, say: Say = be_silent) -> Figures:
    """Everything that can be measured here; `left_out` says in sentences what can't.

    `peer` is a Python interpreter with faster-whisper and openai-whisper. `say` gets a line before each part;
    all of it takes some ten minutes. Whisper runs on the processor, as the others do. Raises LabBenchError.
    """
    with _on_the_processor(), tempfile.TemporaryDirectory(prefix="labbench-bench-") as folder:
        bench = _Bench(make_material(Path(folder)), peer, rounds, say)
        return bench.run({name: weights_of(name) for name in (BASE, TINY)})


def weights_of(name: str, env: Mapping[str, str] = os.environ) -> EngineSpec | None:
    """The official Whisper of that name as engines find it; None where there is none."""
    path = weights.find(name, weights.search_folders(env))
    return engines.official(name, path) if path is not None else None


@dataclass
class _Bench:
    """One run of all parts. `peer` is the interpreter that has the others, None for none."""

    material: Material
    peer: str | None
    rounds: int
    say: Say
    left_out: list[str] = field(default_factory=list)

    def run(self, found: Mapping[str, EngineSpec | None]) -> Figures:
        self.say("A hop of wake words, to tell how fast this machine is today.")
        figures: Figures = {"embedding_ms_p50": bench_spot.measure()["embedding_ms_p50"]}
        if self.peer is None:
            self.left_out.append("Nothing is compared with other programs: --peer PYTHON names where those are.")
        for name, spec in found.items():
            if spec is None:
                self.left_out.append(f"The weights of Whisper {name} are not here: `labbench models get {name}`.")
                continue
            figures |= self._base(spec) if name == BASE else self._tiny(spec)
        self.say("Moonshine: errors.")
        with closing(HostProcess(MOONSHINE)) as host:
            figures["wer_moonshine"] = self._errors(OurSide(host))
        return figures | {"rounds": self.rounds, "left_out": self.left_out}

    def _base(self, spec: EngineSpec) -> Figures:
        assert spec.path is not None
        figures: Figures = {}
        with closing(HostProcess(spec)) as host:
            ours = OurSide(host)
            with self._faster_whisper(BASE) as peer:
                figures |= self._speed(ours, peer)
                figures |= _memory("host", getattr(host, "pid", None))
                figures |= _memory("peer", peer.pid if peer is not None else None)
                if peer is not None:
                    figures |= {"peer": peer.title, "wer_peer": self._errors(peer)}
            path = spec.path
            if (python := self.peer) is not None:
                figures |= self._part(
                    "Nothing is compared with openai-whisper", lambda: self._original(ours, path, python)
                )
                figures |= self._part("No whole processes are compared", lambda: self._processes(path, python))
            self.say("Whisper base: errors.")
            figures["wer_fast"] = self._errors(ours)
            figures |= self._part("Nothing is known of live text", lambda: self._live(host))
            self.say("Whisper base: errors in float32.")
            figures["wer_exact"] = self._errors(OurSide(host, Options(precision="exact")))
        return figures

    def _part(self, without: str, measured: Callable[[], Figures]) -> Figures:
        """Figures that the others do not need: where they can't be had, those are still worth their minutes."""
        try:
            return measured()
        except LabBenchError as error:
            self.left_out.append(f"{without}: {error}")
            return {}

    def _speed(self, ours: Side, peer: Side | None) -> Figures:
        """Long and short, with word times; long without, too."""
        long, short = self.material.long, self.material.short
        self.say(f"Whisper base: {self.rounds} rounds of a minute and of eleven seconds.")
        sides = [_timed(ours, long), _timed(ours, long, word_times=False)]
        shorts = [_timed(ours, short)]
        if peer is not None:
            sides.append(_timed(peer, long))
            shorts.append(_timed(peer, short))
        for side in filter(None, (ours, peer)):
            side.read(short)  # warms up
        taken, taken_short = in_turns(sides, self.rounds), in_turns(shorts, self.rounds)
        figures = {
            "long_s": median([one[0] for one in taken]),
            "long_plain_s": median([one[1] for one in taken]),
            "words_cost": median([one[0] / one[1] - 1 for one in taken]),
            "short_s": median([one[0] for one in taken_short]),
        }
        if peer is not None:
            figures |= {
                "peer_long_s": median([one[2] for one in taken]),
                "peer_ratio_long": median([one[0] / one[2] for one in taken]),
                "peer_short_s": median([one[1] for one in taken_short]),
                "peer_ratio_short": median([one[0] / one[1] for one in taken_short]),
            }
        return figures

    def _original(self, ours: Side, checkpoint: Path, python: str) -> Figures:
        """openai-whisper once, since it takes long, between two turns of ours. Its first pass compiles: not counted."""
        self.say("openai-whisper: a minute, once; this takes the longest.")
        long = self.material.long
        with OtherSide([*peer_command(python, "openai-whisper"), str(checkpoint), cores()]) as original:
            original.read(self.material.short)
            before = ours.read(long).seconds
            theirs = original.read(long).seconds
            own = (before + ours.read(long).seconds) / 2
            return {"original": original.title, "original_long_s": theirs, "own_ratio_long": own / theirs}

    def _processes(self, checkpoint: Path, python: str) -> Figures:
        self.say(f"Whole processes: {self.rounds} rounds of eleven seconds.")
        short = self.material.short
        own, other = own_environment(os.environ), others_environment(os.environ)
        command = own_command(checkpoint, short)
        theirs = [*peer_command(python), BASE, cores(), "--once", str(short.path)]
        sides = [lambda: seconds_of_process(command, own), lambda: seconds_of_process(theirs, other)]
        taken = in_turns(sides, self.rounds)
        return {
            "process_s": median([one[0] for one in taken]),
            "peer_process_s": median([one[1] for one in taken]),
            "process_ratio": median([one[0] / one[1] for one in taken]),
        }

    def _live(self, host: EngineHost) -> Figures:
        self.say("Whisper base: live, alone; then with Moonshine and three wake words.")
        words = bench_spot.teach(load_word_kit(), bench_spot.bundled_words())
        figures = live_figures("live_alone", host, self.material.live)
        with closing(HostProcess(MOONSHINE)) as beside:
            return figures | live_figures("live", host, self.material.live, [beside], words)

    def _tiny(self, spec: EngineSpec) -> Figures:
        self.say(f"Whisper tiny.en: {self.rounds} rounds of a minute, errors, live.")
        long = self.material.long
        with closing(HostProcess(spec)) as host:
            ours = OurSide(host)
            ours.read(self.material.short)
            with self._faster_whisper(TINY) as peer:
                sides = [_timed(ours, long)]
                if peer is not None:
                    peer.read(self.material.short)
                    sides.append(_timed(peer, long))
                taken = in_turns(sides, self.rounds)
            figures: Figures = {"tiny_long_s": median([one[0] for one in taken]), "wer_tiny": self._errors(ours)}
            if peer is not None:
                figures["tiny_peer_long_s"] = median([one[1] for one in taken])
                figures["tiny_peer_ratio"] = median([one[0] / one[1] for one in taken])
            live = self._part(
                "Nothing is known of live text of tiny.en",
                lambda: live_figures("live_tiny", host, self.material.live),
            )
            return figures | live

    def _errors(self, side: Side) -> float | None:
        """The word error rate over everything whose text is known."""
        spoken = self.material.spoken
        return pooled([error_rates(clip.text, side.read(clip).text, "en") for clip in spoken])

    @contextmanager
    def _faster_whisper(self, model: str) -> Iterator[OtherSide | None]:
        with ExitStack() as stack:
            command = [*peer_command(self.peer), model, cores()] if self.peer else None
            yield stack.enter_context(OtherSide(command)) if command else None


def cores() -> str:
    """As an argument of a command: everybody gets all of them."""
    return str(os.cpu_count() or 1)


def _timed(side: Side, clip: Clip, *, word_times: bool = True) -> Callable[[], float]:
    return lambda: side.read(clip, word_times=word_times).seconds


def _memory(name: str, pid: int | None) -> Figures:
    """Resident memory of a process (RSS), and what of it is its own alone (USS, where the system tells), in MB."""
    if pid is None:
        return {}
    process = psutil.Process(pid)
    figures = {f"{name}_mb": process.memory_info().rss / _MB}
    uss = getattr(process.memory_full_info(), "uss", None)
    return figures if uss is None else figures | {f"{name}_uss_mb": uss / _MB}


@contextmanager
def _on_the_processor() -> Iterator[None]:
    before = os.environ.get("LABBENCH_DEVICE")
    os.environ["LABBENCH_DEVICE"] = "cpu"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LABBENCH_DEVICE"]
        else:
            os.environ["LABBENCH_DEVICE"] = before
