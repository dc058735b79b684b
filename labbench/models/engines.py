"""Which engine a name means: `moonshine`, `whisper:NAME` or `whisper:PATH`; and what to use where nobody chose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.models import weights
from labbench.models.guarded import GuardedEngine
from labbench.transcript.engine import Engine

SMALL_WHISPER_KNOWS = "Digits and six words; the rest is a guess."
SMALL_WHISPER_DETAILS = (
    "A very small Whisper made for this program, until official weights are here. It knows the digits zero to nine and "
    "alexa, computer, jarvis, smart mirror, snowboy, view glass. What it says of anything else is a guess among them."
)
SMALL = "digits"


@dataclass(frozen=True)
class EngineSpec:
    """Names an engine to be loaded in a host process.

    `knows` says in a line what it can do, `details` at length. `path` is the checkpoint, None for Moonshine. `fallback`
    is Whisper's habit of trying again at higher temperatures where it is unsure.
    """

    name: str
    title: str
    knows: str
    details: str
    path: Path | None = None
    fallback: bool = True

    @property
    def is_whisper(self) -> bool:
        return self.path is not None


MOONSHINE = EngineSpec(
    "moonshine",
    "Moonshine tiny-en",
    "English only, offline.",
    "Moonshine tiny-en reads English. It comes with the program and needs no network.",
)


def small_whisper() -> EngineSpec:
    """The bundled checkpoint that stands in until official weights are there."""
    path = paths.assets() / "models" / "whisper-digits.pt"
    return EngineSpec(
        f"whisper:{SMALL}", "Whisper digits", SMALL_WHISPER_KNOWS, SMALL_WHISPER_DETAILS, path, fallback=False
    )


def whisper_file(path: Path) -> EngineSpec:
    """A local checkpoint."""
    return EngineSpec(
        f"whisper:{path}", f"Whisper {path.stem}", "A checkpoint of your own.", f"The Whisper checkpoint {path}.", path
    )


def official(name: str, path: Path) -> EngineSpec:
    """Official weights that are on this computer."""
    english = weights.OFFICIAL[name].english_only
    return EngineSpec(
        f"whisper:{name}",
        f"Whisper {name}",
        "English only, offline." if english else "About a hundred languages, offline.",
        f"OpenAI's Whisper {name}: {'English' if english else 'about a hundred languages'}, on this computer.",
        path,
    )


def parse(name: str, env: Mapping[str, str] = os.environ) -> EngineSpec:
    """The engine of that name. Raises LabBenchError with what there is."""
    kind, _, rest = name.partition(":")
    rest = weights.ALIASES.get(rest, rest)
    if name == "moonshine":
        return MOONSHINE
    if kind == "whisper" and rest == SMALL:
        return small_whisper()
    if kind == "whisper" and rest in weights.OFFICIAL:
        path = weights.find(rest, weights.search_folders(env))
        if path is None:
            raise LabBenchError(
                f"The weights of Whisper {rest} are not on this computer.",
                "Get them in the window (Transcribe, Get tiny), or give a .pt file: whisper:PATH.",
            )
        return official(rest, path)
    if kind == "whisper" and rest:
        return whisper_file(Path(rest))
    raise LabBenchError(
        f"There is no engine {name!r}.", "Use moonshine, whisper:NAME (tiny, base, small, ..., digits) or whisper:PATH."
    )


def whispers(env: Mapping[str, str] = os.environ) -> list[EngineSpec]:
    """The Whispers that can be used now: official ones, best first, then the small one."""
    folders = weights.search_folders(env)
    names = list(weights.installed(folders))
    best = weights.best(names)
    names.sort(key=lambda name: name != best)
    found = [(name, weights.find(name, folders)) for name in names]
    return [official(name, path) for name, path in found if path is not None] + [small_whisper()]


@dataclass(frozen=True)
class Choice:
    """An engine and why it was taken."""

    spec: EngineSpec
    reason: str


def default_choice(env: Mapping[str, str] = os.environ) -> Choice:
    """For the command line: the best Whisper with official weights, else Moonshine, and why."""
    first = whispers(env)[0]
    if first.name != f"whisper:{SMALL}":
        return Choice(first, f"{first.title}: the best official Whisper weights on this computer.")
    return Choice(
        MOONSHINE,
        "Moonshine tiny-en (English): no official Whisper weights are on this computer. "
        "--engine whisper:digits uses the small bundled Whisper, which knows digits and six words.",
    )


def load(spec: EngineSpec) -> Engine:
    """Load an engine; seconds, and memory of this process: meant for the host process. Raises LabBenchError."""
    return GuardedEngine(_load(spec))


def _load(spec: EngineSpec) -> Engine:
    if spec.path is None:
        from labbench.models.moonshine_engine import MoonshineEngine

        return MoonshineEngine()
    from labbench.models.whisper_engine import WhisperEngine

    return WhisperEngine.load(spec.path, spec.title, spec.knows, fallback=spec.fallback)
