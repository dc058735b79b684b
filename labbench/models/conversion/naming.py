"""What to call weights that somebody has, and whether they are official: by where they lie and by their dimensions.

A name alone proves nothing, as any fine-tuned model may be called `base`: it counts where those names are given who
publish the official weights in that form, and where the dimensions agree.
"""

from __future__ import annotations

import re
from pathlib import Path

from labbench.models import weights
from labbench.models.conversion.dimensions import Dimensions
from labbench.models.conversion.foreign import Source
from labbench.models.expectations import DIMENSIONS

_CACHED = re.compile(r"models--(.+?)--(.+)")
"""A folder of Hugging Face's cache."""
_PUBLISHED = (
    re.compile(r"openai/whisper-(?P<name>.+)"),
    re.compile(r"(?:Systran|guillaumekln)/faster-whisper-(?P<name>.+)"),
    re.compile(r"(?:mobiuslabsgmbh|dropbox-dash)/faster-whisper-(?P<name>large-v3-turbo)"),
    re.compile(r"deepdml/faster-whisper-(?P<name>large-v3-turbo)-ct2"),
)
"""Who publishes the official weights in other forms."""
_GGML = re.compile(r"ggml-(?:model-whisper-)?(.+)")
_FOLDER = re.compile(r"faster-whisper-(.+)")
_PER_HEAD = 64
"""The width of an attention head in every official Whisper."""
_VOCABULARIES = {"large-v3": 51_866, "large-v3-turbo": 51_866}


def name_of(source: Source) -> str:
    """What weights are called where they lie."""
    if source.format == "openai-whisper":
        return source.path.stem
    if source.format == "whisper.cpp":
        match = _GGML.fullmatch(source.path.stem)
        return match[1] if match else source.path.stem
    cached = _cached(source.path)
    return cached[1] if cached else source.path.parent.name or source.path.stem


def official_name(source: Source, dims: Dimensions) -> str | None:
    """The official checkpoint whose numbers these are, as far as names can tell; None where they are somebody's own."""
    name = _published_name(source)
    if name == "large":  # the first one was called so; of a file of whisper.cpp nobody knows which it is
        name = "large-v1" if source.format == "Hugging Face" else None
    return name if name is not None and name in weights.OFFICIAL and has_dimensions(name, dims) else None


def size_name(dims: Dimensions) -> str | None:
    """The official size with these dimensions, such as `base`; None where there is none."""
    return next((name for name in weights.OFFICIAL if has_dimensions(name, dims)), None)


def has_dimensions(name: str, dims: Dimensions) -> bool:
    """Whether the official checkpoint of that name has these dimensions."""
    size = DIMENSIONS[name]
    heads = size.width // _PER_HEAD
    vocabulary = 51_864 if name.endswith(".en") else _VOCABULARIES.get(name, 51_865)
    return (
        (dims.n_mels, dims.n_audio_state, dims.n_vocab) == (size.bands, size.width, vocabulary)
        and (dims.n_audio_layer, dims.n_text_layer) == (size.encoder_layers, size.decoder_layers)
        and dims.n_audio_head == dims.n_text_head == heads
    )


def _published_name(source: Source) -> str | None:
    if source.format == "whisper.cpp":
        match = _GGML.fullmatch(source.path.stem)
        return match[1] if match else None
    cached = _cached(source.path)
    if cached is None:
        match = _FOLDER.fullmatch(source.path.parent.name)
        return match[1] if match and source.format == "faster-whisper" else None
    found = next((match for one in _PUBLISHED if (match := one.fullmatch("/".join(cached)))), None)
    return found["name"] if found else None


def _cached(path: Path) -> tuple[str, str] | None:
    """Owner and name of a model in Hugging Face's cache: the file is in a snapshot, three folders down."""
    if len(path.parents) < 3:
        return None
    match = _CACHED.fullmatch(path.parents[2].name)
    return (match[1], match[2]) if match else None
