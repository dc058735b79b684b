"""Which engine a name means: `moonshine`, `whisper:NAME`, `whisper:PATH` or `remote:ADDRESS`; and what to use where
nobody chose."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken
from labbench.models import weights
from labbench.models.devices import wanted_device
from labbench.models.remote_address import checked_address, host_of
from labbench.models.torch_import import import_torch
from labbench.transcript.engine import Engine

MOST_KEY_LETTERS, MOST_MODEL_LETTERS = 4096, 200


@dataclass(frozen=True)
class EngineSpec:
    """Names an engine to be loaded in a host process.

    `knows` says in a line what it can do, `details` at length. `path` is the checkpoint, None where there is none.
    `fallback` is Whisper's habit of trying again at higher temperatures where it is unsure. A server has an `address`,
    perhaps a `model` ("" for its own choice), and perhaps a `key`, which is in no text.
    """

    name: str
    title: str
    knows: str
    details: str
    path: Path | None = None
    fallback: bool = True
    address: str = ""
    model: str = ""
    key: str = field(default="", repr=False)

    @property
    def is_whisper(self) -> bool:
        return self.path is not None

    @property
    def is_remote(self) -> bool:
        """Whether the sound leaves this computer."""
        return bool(self.address)

    @property
    def is_missing(self) -> bool:
        """Whether this only stands where a Whisper will be, once weights are on this computer."""
        return self.name == "whisper"


MOONSHINE = EngineSpec(
    "moonshine",
    "Moonshine tiny-en",
    "English only, offline.",
    "Moonshine tiny-en reads English. It comes with the program and needs no network.",
)

NO_WHISPER = EngineSpec(
    "whisper",
    "No Whisper yet",
    "Its weights are not on this computer.",
    "Whisper is not on this computer yet. Get it once, or use a file that you have; then it reads about a hundred "
    "languages without a network.",
)
"""In the place of engine A where there are no weights; it can't be loaded."""


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


def remote(address: str, model: str = "", key: str = "", *, plain_http: bool = False) -> EngineSpec:
    """A server with the OpenAI transcription interface. Raises LabBenchError for an address or key that can't be used.

    Nothing is sent before it is loaded.
    """
    address, model, key = checked_address(address, plain_http=plain_http), model.strip(), key.strip()
    if len(key) > MOST_KEY_LETTERS or not all("!" <= letter <= "~" for letter in key):
        raise LabBenchError("This key can't be sent: it has other signs than plain letters.", "Copy it again.")
    if len(model) > MOST_MODEL_LETTERS or not model.isprintable():
        raise LabBenchError("This is not the name of a model.", "Use a name that the server lists.")
    host = host_of(address)
    details = (
        f"The sound leaves this computer: it is sent to {address}, whoever runs that server can hear it, and the text "
        f"comes back. {f'The model is {model}.' if model else 'The server chooses the model.'}"
    )
    knows = f"The sound leaves this computer: it is sent to {host}."
    return EngineSpec(f"remote:{address}", f"Server {host}", knows, details, address=address, model=model, key=key)


def parse(name: str, env: Mapping[str, str] = os.environ) -> EngineSpec:
    """The engine of that name. Raises LabBenchError with what there is.

    A server's model is not in its name (see `remote`); its key is that of `LABBENCH_REMOTE_KEY`.
    `LABBENCH_REMOTE_HTTP=1` allows http everywhere.
    """
    kind, _, rest = name.partition(":")
    rest = weights.ALIASES.get(rest, rest)
    if name == "moonshine":
        return MOONSHINE
    if kind == "whisper" and rest in weights.OFFICIAL:
        path = weights.find(rest, weights.search_folders(env))
        if path is None:
            raise LabBenchError(
                f"The weights of Whisper {rest} are not on this computer.",
                f"Get them (`labbench models get {rest}`, or in the window), or give a .pt file: whisper:PATH.",
            )
        return official(rest, path)
    if kind == "whisper" and rest:
        imported = weights.imported(env).get(rest)
        return whisper_file(imported or Path(rest))
    if kind == "remote" and rest:
        key = env.get("LABBENCH_REMOTE_KEY", "")
        return remote(rest, key=key, plain_http=env.get("LABBENCH_REMOTE_HTTP") == "1")
    raise LabBenchError(
        f"There is no engine {name!r}.",
        "Use moonshine, whisper:NAME (base, tiny, small, ...), whisper:PATH or remote:ADDRESS.",
    )


def whispers(env: Mapping[str, str] = os.environ, own: Path | None = None) -> list[EngineSpec]:
    """The Whispers that can be used now: official ones, best first, then imported ones.

    `own` is the bench's own folder where that is another than usual. Blocks where a folder is on a slow network.
    """
    folders = weights.search_folders(env)
    if own is not None:
        folders = [own if folder == paths.models() else folder for folder in folders]
    names = list(weights.installed(folders))
    best = weights.best(names)
    names.sort(key=lambda name: name != best)
    found = [(name, weights.find(name, folders)) for name in names]
    others = [whisper_file(path) for path in weights.imported(env, own).values()]
    return [official(name, path) for name, path in found if path is not None] + others


@dataclass(frozen=True)
class Choice:
    """An engine and why it was taken."""

    spec: EngineSpec
    reason: str


def default_choice(env: Mapping[str, str] = os.environ) -> Choice:
    """For the command line: the best Whisper with official weights, else Moonshine, and why."""
    first = next(iter(whispers(env)), NO_WHISPER)
    if first.name.removeprefix("whisper:") in weights.OFFICIAL:
        return Choice(first, f"{first.title}: the best official Whisper weights on this computer.")
    return Choice(
        MOONSHINE,
        "Moonshine tiny-en (English): no official Whisper weights are on this computer. "
        "`labbench models get base` gets them.",
    )


def load(spec: EngineSpec, env: Mapping[str, str] = os.environ) -> Engine:
    """Load an engine; seconds, and memory of this process: meant for the host process. Raises LabBenchError.

    `LABBENCH_DEVICE` (auto, cpu, cuda, mps) says where Whisper runs. A server is asked for its models.
    """
    from labbench.models.gated import GatedEngine
    from labbench.models.guarded import GuardedEngine

    return GuardedEngine(GatedEngine(_load(spec, env)))


def _load(spec: EngineSpec, env: Mapping[str, str]) -> Engine:
    if spec.is_missing:
        raise LabBenchError("Whisper is not on this computer yet.", "Get it under Transcribe, Models.")
    if spec.is_remote:
        from labbench.models.remote_client import Client
        from labbench.models.remote_engine import RemoteEngine

        client = Client(spec.address, spec.key)
        return RemoteEngine.load(client, spec.model, spec.title, spec.knows, CancelToken())
    if spec.path is None:
        from labbench.models.moonshine_engine import MoonshineEngine

        return MoonshineEngine()
    wanted = wanted_device(env)
    if sys.platform == "darwin":
        os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # what Apple's graphics lack, the processor does
    import_torch()
    from labbench.models.voice_gate import VoiceGate
    from labbench.models.whisper_engine import WhisperEngine

    return WhisperEngine.load(
        spec.path,
        spec.title,
        spec.knows,
        fallback=spec.fallback,
        device=wanted,
        meanwhile=VoiceGate,  # reads its model
    )
