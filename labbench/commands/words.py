"""Files of wake words: what is in one, one word out of it as a file of its own, and such a file into another."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.console import out, tell
from labbench.commands.methods import kit_for
from labbench.commands.rooms import in_room
from labbench.core.errors import FormatError, LabBenchError

if TYPE_CHECKING:
    from labbench.live.listener import WordKit
    from labbench.session.labword_file import LabWord
    from labbench.wakeword.words import TaughtWord


def add(commands: Any) -> None:
    """Add `words list`, `words export` and `words import`."""
    parser = commands.add_parser("words", help="list, export and import taught words")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the words of a file, their takes and thresholds")
    listing.add_argument("words", metavar="WORDS.json", type=Path)
    listing.set_defaults(run=run_list)
    export = actions.add_parser("export", help="one word with its takes as one .labword file")
    export.add_argument("words", metavar="WORDS.json", type=Path)
    export.add_argument("word", metavar="WORD")
    export.add_argument("--out", metavar="FILE", type=Path, required=True)
    export.add_argument("--without-recordings", action="store_true", help="only what detection needs")
    export.set_defaults(run=run_export)
    importing = actions.add_parser("import", help="a .labword file into a file of words, which may be new")
    importing.add_argument("file", metavar="FILE", type=Path)
    importing.add_argument("--into", metavar="WORDS.json", type=Path, required=True)
    importing.add_argument("--name", metavar="NAME", help="another name for the word")
    importing.set_defaults(run=run_import)


def run_list(args: argparse.Namespace) -> int:
    from labbench.session.words_file import load_words
    from labbench.wakeword.scoring import needs_windows
    from labbench.wakeword.words import model_of

    for word in load_words(args.words).words:
        used = sum(take.used for take in word.takes)
        threshold = f"scored by {word.scoring}"
        if not needs_windows(word.scoring) or not used:
            threshold = f"threshold {model_of(word).threshold:.2f}" if used else "nothing to detect it by"
        out(f"{word.name}  {used} of {len(word.takes)} takes, {len(word.against)} counter-examples, {threshold}\n")
    return 0


def run_export(args: argparse.Namespace) -> int:
    from labbench.session.labword_file import NOTE, save_labword
    from labbench.session.words_file import load_words

    content = load_words(args.words)
    word = next((one for one in content.words if one.name.casefold() == args.word.casefold()), None)
    if word is None:
        names = ", ".join(one.name for one in content.words) or "none"
        raise LabBenchError(f"There is no word “{args.word}” in {args.words}.", f"There are: {names}.")
    save_labword(args.out, word, content.embedder, content.checksum, recordings=not args.without_recordings)
    tell(f"Wrote {args.out}. {NOTE}")
    return 0


def run_import(args: argparse.Namespace) -> int:
    from labbench.session.labword_file import load_labword
    from labbench.session.words_file import MOST_WORDS, WordsFile, free_name, load_words, require_embedder, save_words
    from labbench.wakeword.room import embed_room

    found = load_labword(args.file)
    there = load_words(args.into) if args.into.exists() else None
    kit = kit_for(args, there)
    before = there or WordsFile((), kit.embedder.name, kit.embedder.checksum)
    require_embedder(before, kit.embedder, args.into)
    if len(before.words) >= MOST_WORDS:
        raise LabBenchError(f"{args.into} is full: {MOST_WORDS} words fit.", "Begin another file.")
    word = taught_here(found, kit, args.file)
    if before.room is not None:
        (word,) = in_room(kit, [word], embed_room(kit.embedder, before.room))
    name = free_name(args.name or word.name, [one.name for one in before.words])
    save_words(args.into, replace(before, words=(*before.words, replace(word, name=name))))
    tell(f"“{name}” is in {args.into}, with {sum(take.used for take in word.takes)} takes.")
    return 0


def taught_here(found: LabWord, kit: WordKit, path: Path) -> TaughtWord:
    """The word for the embedder at hand: as it is, or taught anew from its recordings. Raises FormatError."""
    from labbench.wakeword.words import judge

    if found.checksum == kit.embedder.checksum:
        return found.word
    if not found.recordings:
        raise FormatError(
            f"{path.name} was made with another model ({found.embedder}) and has no recordings.",
            "Ask for it with its recordings: then it can be taught anew.",
        )
    takes, against = (
        tuple(
            replace(
                kit.take(take.label, take.samples, (take.start, take.stop)),
                speaker=take.speaker,
                excluded=take.excluded,
                learnt=take.learnt,
            )
            for take in some
        )
        for some in (found.word.takes, found.word.against)
    )
    return judge(replace(found.word, takes=takes, against=against, threshold_set=None), cohort=kit.cohort.windows)
