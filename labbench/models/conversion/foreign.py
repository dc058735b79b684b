"""Which kind of weights a path is, and openai-whisper's `.pt` made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from labbench.core.errors import FormatError, LabBenchError
from labbench.core.progress import CancelToken, OnProgress
from labbench.models.conversion import ct2, ggml, safetensors
from labbench.models.conversion.checkpoint import write_checkpoint
from labbench.models.conversion.pieces import unfit
from labbench.models.conversion.settings import read_settings
from labbench.models.conversion.state import Plan, read_weights

Format = Literal["faster-whisper", "Hugging Face", "whisper.cpp", "openai-whisper"]
"""By the program that people know it from."""
KINDS_HINT = (
    "Choose a .pt of openai-whisper, a folder of faster-whisper or WhisperX (model.bin), a Hugging Face folder "
    "(model.safetensors with config.json), or whisper.cpp's ggml-….bin."
)
FOLDER_FILES = ("model.bin", "model.safetensors", safetensors.INDEX)
"""Names under which a folder holds its weights."""
_MOST_NAMES = 1000
_ZIP = b"PK\x03\x04"
_TORCH_SUFFIXES = (".pt", ".pth")


@dataclass(frozen=True)
class Source:
    """Weights in one of the formats: the file that holds them, or the index of several."""

    format: Format
    path: Path


def recognise(path: Path) -> Source:
    """What a file or a folder holds, told by its names and its first bytes.

    Raises LabBenchError where nothing is there, FormatError where it is nothing that can be read.
    """
    try:
        if path.is_dir():
            return _in_folder(path)
        if not path.is_file():
            raise LabBenchError(f"There is no file {path}.", "Check the name and the folder.")
        if path.suffix in _TORCH_SUFFIXES:
            return Source("openai-whisper", path)
        with path.open("rb") as file:
            head = file.read(32)
    except OSError as error:
        raise LabBenchError(f"{path} can't be read: {error.strerror or error}.", "Check its permissions.") from error
    return Source(_by_content(path, head), path)


def _by_content(path: Path, head: bytes) -> Format:
    if path.suffix == ".safetensors" or path.name == safetensors.INDEX:
        return "Hugging Face"
    if head.startswith(ggml.MAGIC.to_bytes(4, "little")):
        return "whisper.cpp"
    if head.startswith(ct2.VERSION.to_bytes(4, "little")) or head[6:].startswith(b"WhisperSpec"):
        return "faster-whisper"
    if head.startswith(b"GGUF"):
        raise unfit(path, "it is a GGUF file", "Use whisper.cpp's ggml-….bin, or the Hugging Face folder of the model.")
    if path.name.startswith("pytorch_model"):
        raise unfit(path, "it is PyTorch's old form of a Hugging Face model", "Get its model.safetensors instead.")
    if head.startswith(_ZIP):  # as torch writes it, whatever it is called
        return "openai-whisper"
    raise FormatError(f"{path.name} is not a Whisper model in a form that is known here.", KINDS_HINT)


def _in_folder(folder: Path) -> Source:
    snapshot = newest_snapshot(folder)
    if snapshot is not None:
        return _in_folder(snapshot)
    for name in FOLDER_FILES:
        if (folder / name).is_file():
            return Source("faster-whisper" if name == "model.bin" else "Hugging Face", folder / name)
    names = sorted(path.name for path in islice(folder.iterdir(), _MOST_NAMES))
    for many in (
        [name for name in names if name.startswith("ggml-") and name.endswith(".bin")],
        [name for name in names if name.endswith(".safetensors")],
        [name for name in names if name.endswith(_TORCH_SUFFIXES)],
    ):
        if len(many) > 1:
            raise FormatError(f"{folder.name} holds several models: {many[0]}, {many[1]}, ….", "Choose one of them.")
        if many:
            return recognise(folder / many[0])
    for name in names:
        if name.startswith("pytorch_model"):
            _by_content(folder / name, b"")
    raise FormatError(f"{folder.name} holds no Whisper model in a form that is known here.", KINDS_HINT)


def newest_snapshot(folder: Path) -> Path | None:
    """The snapshot to use of a model in Hugging Face's cache (`models--OWNER--NAME`); None for any other folder.

    That is the one of `refs/main`, else the newest. Raises OSError.
    """
    snapshots = folder / "snapshots"
    if not folder.name.startswith("models--") or not snapshots.is_dir():
        return None
    main = folder / "refs" / "main"
    if main.is_file() and main.stat().st_size < 100:
        named = snapshots / main.read_text("ascii", errors="replace").strip()
        if named.parent == snapshots and named.is_dir():
            return named
    found = [path for path in islice(snapshots.iterdir(), _MOST_NAMES) if path.is_dir()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def plan(source: Source) -> Plan:
    """Where the tensors of a foreign file lie, checked; its numbers are not read. Raises FormatError, OSError."""
    plans: dict[Format, Callable[[], Plan]] = {
        "faster-whisper": lambda: ct2.plan_ct2(source.path, read_settings(source.path.with_name("config.json"))),
        "Hugging Face": lambda: safetensors.plan_safetensors(source.path),
        "whisper.cpp": lambda: ggml.plan_ggml(source.path),
    }
    if source.format not in plans:
        raise unfit(source.path, "it is in openai-whisper's form already", "Import it as it is.")
    return plans[source.format]()


def convert(source: Path, target: Path, on_progress: OnProgress, cancel: CancelToken) -> None:
    """Make openai-whisper's `.pt` at `target` of a folder or file in another format, as a whole or not at all.

    Blocks, and imports torch: for a process of its own. Progress in bytes. Raises Cancelled, LabBenchError,
    FormatError, OSError.
    """
    weights = read_weights(plan(recognise(source)), on_progress, cancel)
    write_checkpoint(weights, target, on_progress, cancel)
