"""Which embedder and which scoring commands for wake words use: what is asked for, else what made the file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from labbench.core.errors import LabBenchError

if TYPE_CHECKING:
    from labbench.live.listener import WordKit
    from labbench.models.embedders import EmbedderSpec
    from labbench.session.words_file import WordsFile
    from labbench.wakeword.words import TaughtWord


def add_method(parser: argparse.ArgumentParser) -> None:
    """Add `--embedder`, `--checkpoint` and `--scoring`."""
    parser.add_argument(
        "--embedder", metavar="NAME", help="moonshine, whisper, google or mfcc (what the file was made with; moonshine)"
    )
    parser.add_argument(
        "--checkpoint", metavar="FILE", type=Path, help="the .pt of --embedder whisper (the best that is here)"
    )
    parser.add_argument(
        "--scoring", metavar="NAME", help="fused, dtw, nearest, prototype or logistic (what the file says; fused)"
    )


def kit_for(args: argparse.Namespace, content: WordsFile | None) -> WordKit:
    """What is asked for, else what made the words in `content`, else the default. Raises LabBenchError."""
    from labbench.live.embedding_host_main import load_kit
    from labbench.models.embedders import EmbedderSpec
    from labbench.wakeword.scoring import scoring_of

    if getattr(args, "scoring", None) is not None:
        scoring_of(args.scoring)
    checkpoint = getattr(args, "checkpoint", None)
    name = getattr(args, "embedder", None) or ("whisper" if checkpoint is not None else None)
    if checkpoint is not None and name != "whisper":
        raise LabBenchError("--checkpoint is for --embedder whisper.", "Leave one of them out.")
    spec = EmbedderSpec(name, checkpoint) if name is not None else None
    if spec is None and content is not None and content.words:
        spec = maker_of(content)
    return load_kit(spec or EmbedderSpec())


def maker_of(content: WordsFile) -> EmbedderSpec | None:
    """The embedder that made the words of a file, where it is on this computer."""
    from labbench.models.embedders import made_by
    from labbench.models.engines import whispers

    return made_by(content.checksum, [spec.path for spec in whispers(os.environ) if spec.path is not None])


def scoring_for(args: argparse.Namespace, name: str, known: dict[str, TaughtWord]) -> str:
    """What is asked for, else as this word, or the others, are detected."""
    from labbench.wakeword.scoring import DEFAULT

    if args.scoring is not None:
        return str(args.scoring)
    word = known.get(name.casefold()) or next(iter(known.values()), None)
    return word.scoring if word is not None else DEFAULT
