"""Which official Whisper checkpoints exist, which of them are on this computer, and which to use.

Names, URLs and checksums are those of openai-whisper 20250625 (a test compares them); sizes are the exact
bytes of the published files. Nothing here touches the network, and nothing imports torch or whisper.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import platformdirs

from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, OnProgress, Progress, ignore_progress
from labbench.models.weights_note import read_note

_SERVER = "https://openaipublic.azureedge.net/main/whisper/models"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """One official file of weights.

    `size_bytes` is the exact size of the download; `parameters` is the rounded count that OpenAI names;
    `url` contains `sha256`, which is how OpenAI publishes it.
    """

    name: str
    url: str
    sha256: str
    size_bytes: int
    parameters: int
    english_only: bool

    @property
    def file_name(self) -> str:
        """The name under which openai-whisper caches it, for example `large-v3.pt`."""
        return self.url.rpartition("/")[2]


def _official(name: str, sha256: str, size_bytes: int, millions: int) -> Checkpoint:
    url = f"{_SERVER}/{sha256}/{name}.pt"
    return Checkpoint(name, url, sha256, size_bytes, millions * 1_000_000, name.endswith(".en"))


_ROWS = (
    ("tiny.en", "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03", 75_571_315, 39),
    ("tiny", "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9", 75_572_083, 39),
    ("base.en", "25a8566e1d0c1e2231d1c762132cd20e0f96a85d16145c3a00adf5d1ac670ead", 145_261_783, 74),
    ("base", "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e", 145_262_807, 74),
    ("small.en", "f953ad0fd29cacd07d5a9eda5624af0f6bcf2258be67c92b79389873d91e0872", 483_615_683, 244),
    ("small", "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794", 483_617_219, 244),
    ("medium.en", "d7440d1dc186f76616474e0ff0b3b6b879abc9d1a4926b7adfa41db2d497ab4f", 1_528_006_491, 769),
    ("medium", "345ae4da62f9b3d59415adc60127b97c714f32e89e936602e85993674d08dcb1", 1_528_008_539, 769),
    (
        "large-v3-turbo",
        "aff26ae408abcba5fbf8813c21e62b0941638c5f6eebfb145be0c9839262a19a",
        1_617_941_637,
        809,
    ),
    ("large-v1", "e4b87e7e0bf463eb8e6956e646f1e277e901512310def2c24bf0e11bd3c28e9a", 3_086_999_982, 1550),
    ("large-v2", "81f7c96c852ee8fc832187b0132e569d6c3065a3252ed18e56effd0b6a73e524", 3_086_999_982, 1550),
    ("large-v3", "e5b1a55b89c1367dacf97e3e19bfd829a01529dbfdeefa8caeb59b3f1b81dadb", 3_087_371_615, 1550),
)

OFFICIAL: Mapping[str, Checkpoint] = MappingProxyType({row[0]: _official(*row) for row in _ROWS})
"""Every official checkpoint once, by its own name, the smallest first."""

CONVERTED: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "base": (145_263_955, "18258e2fff1ac7f87f4d578aeec019a09577e3268080d3173084509390faaa11"),
        "tiny.en": (75_573_561, "092f187630d68746ee1ba7eba480ea7a3f4003663ba5b49d3d3d1e2b07a2ab57"),
    }
)
"""Length in bytes and SHA-256 of what `package_fetch` makes of the first of `package_sources` with torch 2.13: OpenAI's
numbers in other bytes, known without a note."""

ALIASES: Mapping[str, str] = MappingProxyType({"large": "large-v3", "turbo": "large-v3-turbo"})
"""openai-whisper's second names."""

PREFERENCE: tuple[str, ...] = (
    *("base", "base.en", "small", "small.en", "tiny", "tiny.en"),
    *("medium", "medium.en", "large-v3-turbo", "large-v3", "large-v2", "large-v1"),
)
"""The order of `best`: `base` first, which keeps up with speech on an ordinary processor; whoever wants a larger one
chooses it. Of one size, the multilingual checkpoint goes before the English one and the newer before the older."""


def checkpoint(name: str) -> Checkpoint:
    """The checkpoint of this name or alias. Raises LabBenchError where there is none."""
    found = OFFICIAL.get(ALIASES.get(name, name))
    if found is None:
        known = ", ".join([*OFFICIAL, *ALIASES])
        raise LabBenchError(f"There is no Whisper model called “{name}”.", f"Known are {known}.")
    return found


_MIRROR = re.compile(r"https?://(?:\[[^\]]*\]|[^/:;\s]+)(?::\d+)?(?:/[^:;]*)?", re.IGNORECASE)
"""An address among folders; the colon of its port does not part it."""


def named_folders(env: Mapping[str, str]) -> list[Path]:
    """The folders of `LABBENCH_MODELS`; several are separated as in `PATH`, and addresses may stand among them."""
    rest = _MIRROR.sub(os.pathsep, env.get("LABBENCH_MODELS", ""))
    return [Path(part.strip()).expanduser() for part in rest.split(os.pathsep) if part.strip()]


def mirrors(env: Mapping[str, str]) -> list[str]:
    """The http(s) addresses of `LABBENCH_MODELS`, without a slash at the end: `ADDRESS/tiny.pt` is a checkpoint."""
    return [found.strip().rstrip("/") for found in _MIRROR.findall(env.get("LABBENCH_MODELS", ""))]


def whisper_cache(env: Mapping[str, str]) -> Path:
    """Where openai-whisper keeps what it has downloaded: `~/.cache/whisper`, on every system."""
    cache = env.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "whisper"


def buzz_models(env: Mapping[str, str]) -> list[Path]:
    """Where Buzz keeps its models: the folder that its variable names, and its cache."""
    named = env.get("BUZZ_MODEL_ROOT")
    usual = Path(platformdirs.user_cache_dir("Buzz")) / "models"
    return [*([Path(named).expanduser()] if named else []), usual]


def others_caches(env: Mapping[str, str]) -> list[Path]:
    """Where other programs keep openai-whisper's files under their own names: openai-whisper itself, and Buzz."""
    return [whisper_cache(env), *(folder / "whisper" for folder in buzz_models(env))]


def search_folders(env: Mapping[str, str]) -> list[Path]:
    """Where checkpoints are looked for, in this order, each folder once (it need not exist).

    The folders of `LABBENCH_MODELS`, the bench's own download folder, and the caches of openai-whisper and Buzz.
    """
    return list(dict.fromkeys([*named_folders(env), paths.models(), *others_caches(env)]))


def imported(env: Mapping[str, str], own: Path | None = None) -> dict[str, Path]:
    """Checkpoints in the bench's own folder and those of `LABBENCH_MODELS` that are not official: name and file.

    Which files they are is only told by their ending. A folder that is missing or may not be read counts as empty.
    """
    official = {checkpoint.file_name for checkpoint in OFFICIAL.values()}
    found: dict[str, Path] = {}
    for folder in dict.fromkeys([*named_folders(env), own or paths.models()]):
        try:
            files = sorted(path for path in folder.glob("*.pt") if path.name not in official and path.is_file())
        except OSError:
            continue
        for path in files:
            found.setdefault(path.stem, path)
    return found


def find(name: str, folders: Sequence[Path]) -> Path | None:
    """The first complete file of this checkpoint, or None.

    Complete means the exact size, that of OpenAI's file, of a known conversion, or of the note beside another one; the
    content is not read (see `verify_official`). Raises LabBenchError for an unknown name. A folder that is missing or
    may not be read counts as empty.
    """
    wanted = checkpoint(name)
    for folder in folders:
        path = folder / wanted.file_name
        try:
            info = path.stat()
        except OSError:
            continue
        if stat.S_ISREG(info.st_mode) and _sums(path, wanted, info.st_size):
            return path
    return None


def known_contents(wanted: Checkpoint) -> tuple[tuple[int, str], ...]:
    """Length in bytes and SHA-256 of every file that is known to hold this checkpoint; OpenAI's own first."""
    own, converted = (wanted.size_bytes, wanted.sha256), CONVERTED.get(wanted.name)
    return (own,) if converted is None else (own, converted)


def _sums(path: Path, wanted: Checkpoint, size_bytes: int) -> set[str]:
    """The SHA-256 that a whole file of this length can have: those that are known, and that of its note."""
    sums = {sha256 for size, sha256 in known_contents(wanted) if size == size_bytes}
    note = read_note(path)
    return sums | {note.sha256} if note is not None and note.size_bytes == size_bytes else sums


def installed(folders: Sequence[Path]) -> list[str]:
    """The names of the checkpoints that are complete in one of the folders, the smallest first."""
    return [name for name in OFFICIAL if find(name, folders) is not None]


def best(installed_names: Iterable[str]) -> str | None:
    """The checkpoint to use without being asked, by `PREFERENCE`; None where none is official."""
    there = {ALIASES.get(name, name) for name in installed_names}
    return next((name for name in PREFERENCE if name in there), None)


def file_blocks(
    path: Path, on_progress: OnProgress = ignore_progress, cancel: CancelToken | None = None, note: str = "checking"
) -> Iterator[bytes]:
    """A file's content in blocks, for a checksum: with progress in bytes, and `Cancelled` between blocks.

    Raises OSError where it cannot be read.
    """
    with path.open("rb") as file:
        total = os.fstat(file.fileno()).st_size
        done = 0
        while block := file.read(_BLOCK):
            if cancel is not None:
                cancel.check()
            yield block
            done += len(block)
            on_progress(Progress(done, total, "bytes", note))


def verify(path: Path, sha256: str, progress: OnProgress = ignore_progress, cancel: CancelToken | None = None) -> bool:
    """Whether the file has this SHA-256, read in blocks of 1 MiB.

    Raises LabBenchError where it cannot be read, and `Cancelled`.
    """
    return _digest(path, progress, cancel) == sha256.lower()


def verify_official(
    path: Path, wanted: Checkpoint, progress: OnProgress = ignore_progress, cancel: CancelToken | None = None
) -> bool:
    """Whether a complete file of this checkpoint is whole: by a checksum that is known, or by that of its note.

    Raises LabBenchError where it cannot be read, and `Cancelled`.
    """
    try:
        sums = _sums(path, wanted, path.stat().st_size)
    except OSError:
        sums = set()  # whoever reads it finds that it is not there
    return _digest(path, progress, cancel) in sums


def _digest(path: Path, progress: OnProgress, cancel: CancelToken | None) -> str:
    digest = hashlib.sha256()
    try:
        for block in file_blocks(path, progress, cancel):
            digest.update(block)
    except OSError as error:
        raise LabBenchError(f"{path} cannot be read: {error.strerror}.", "Choose another file.") from error
    return digest.hexdigest()
