"""Sound files into text."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labbench.commands.blocking import blocked_here
from labbench.commands.console import FAILED, StatusLine, complain, ctrl_c_cancels, flush_results, one_line, out, tell
from labbench.commands.cue_lines import add_cue_lines, cue_lines
from labbench.commands.sound import add_channel, add_language, read_sound
from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, Progress
from labbench.transcript.engine import Options
from labbench.transcript.languages import language_code
from labbench.transcript.option_table import SETTINGS, with_settings

if TYPE_CHECKING:
    from labbench.models.engines import EngineSpec
    from labbench.models.hosting import HostProcess
    from labbench.transcript.subtitles import CueLines
    from labbench.transcript.types import Transcript

FORMATS = ("txt", "json", "srt", "vtt", "tsv", "textgrid")
_VTT_HEAD = "WEBVTT\n\n"


def add(commands: Any) -> None:
    """Add `transcribe`."""
    parser = commands.add_parser("transcribe", help="sound files into text, on standard output")
    parser.add_argument("audio", metavar="AUDIO", type=Path, nargs="+", help="sound or video files")
    parser.add_argument(
        "--engine",
        metavar="NAME",
        help="moonshine (English), whisper:NAME (tiny, base, ...), whisper:PATH (a .pt file), "
        "or remote:ADDRESS, a server with OpenAI's transcription "
        "interface, to which the sound is sent; without it, the best Whisper that is here, else Moonshine",
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="the server's model, for remote:ADDRESS; without it, the server's Whisper, or its first. "
        "The key, if it wants one, is taken from LABBENCH_REMOTE_KEY or from the system's safe",
    )
    add_channel(parser)
    add_language(parser)
    parser.add_argument("--format", choices=FORMATS, default="txt", help="txt is one line a sentence or so")
    parser.add_argument(
        "--block",
        metavar="FILE",
        type=Path,
        help="take out what is listed in FILE, a line each; a line between slashes is a regular expression; the list "
        "that LABBENCH_BLOCKLIST names holds besides",
    )
    group = parser.add_argument_group("Whisper's own options", "with the defaults of openai-whisper's program")
    for setting in SETTINGS:
        default = setting.text(setting.default) or "none"
        says = f"{setting.says} [{default}]".replace("%", "%%")
        group.add_argument(f"--{setting.flag}", dest=f"option_{setting.name}", metavar="VALUE", help=says)
    add_cue_lines(parser)
    parser.set_defaults(run=run_transcribe)


def run_transcribe(args: argparse.Namespace) -> int:
    """All files; one that can't be read or transcribed is told, and the others are done."""
    from labbench.models.hosting import HostProcess

    status = 0
    done: list[dict[str, Any]] = []
    many = len(args.audio) > 1
    with ctrl_c_cancels() as cancel, contextlib.closing(HostProcess(_engine(args.engine, args.model))) as host:
        host.start()  # it loads while options and the first file are read, and what writes the text is imported
        from labbench.session import transcript_writers  # noqa: F401

        options = _options(args)
        lines = cue_lines(args, options)
        for path, result in _each(host, args.audio, args.channel, options, cancel):
            if isinstance(result, LabBenchError):
                complain(result)
                status = FAILED
            elif args.format == "json":
                done.append(_with_name(path, result))
            else:
                out(_text(path, result, args.format, lines, many=many, first=not done))
                done.append({})
                flush_results()
    if args.format == "json" and (many or done):
        out(json.dumps(done if many else done[0], ensure_ascii=False, indent=2) + "\n")
    return status


def _options(args: argparse.Namespace) -> Options:
    """Raises FormatError for a value that can't be used."""
    given = {setting: getattr(args, f"option_{setting.name}") for setting in SETTINGS}
    values = {setting.name: setting.parse(text) for setting, text in given.items() if text is not None}
    return replace(with_settings(Options(language_code(args.language)), values), blocked=blocked_here(args.block))


def _engine(name: str | None, model: str | None) -> EngineSpec:
    from labbench.models import engines

    if name is not None:
        spec = engines.parse(name)
        if spec.is_remote:
            return _with_key(spec, model or "")
    if model is not None:
        raise LabBenchError("--model is for a server.", "Use --engine remote:ADDRESS with it.")
    if name is not None:
        return spec
    choice = engines.default_choice()
    tell(f"Engine: {choice.reason}")
    return choice.spec


def _with_key(spec: EngineSpec, model: str) -> EngineSpec:
    from labbench.models import engines
    from labbench.session.keys import SystemKeys, key_for

    tell(spec.knows)
    # The address was checked; whether plain http is allowed was decided then.
    return engines.remote(spec.address, model, key_for(spec.address, os.environ, SystemKeys()), plain_http=True)


def _each(
    host: HostProcess, files: list[Path], channel: int | None, options: Options, cancel: CancelToken
) -> Iterator[tuple[Path, Transcript | LabBenchError]]:
    """A transcript, a failure, or both where only a part could be read; the engine is loaded once a file is."""
    status = StatusLine()

    def show(progress: Progress) -> None:
        total = f" of {progress.total:.0f} s" if progress.total else ""
        status.show(f"{progress.note or name}: {progress.done:.0f} s{total}")

    for path in files:
        name = path.name
        try:
            samples, damage = read_sound(path, cancel=cancel, channel=channel)
        except LabBenchError as error:
            yield path, error
            continue
        _load(host, options, cancel)
        try:
            transcript = host.transcribe(samples, options, show, cancel)
        except LabBenchError as error:
            status.clear()
            yield path, error
            continue
        finally:
            status.clear()
        if not transcript.text:
            tell(f"{path.name}: no speech was heard in it.")
        yield path, transcript
        if damage is not None:
            yield path, damage


def _load(host: HostProcess, options: Options, cancel: CancelToken) -> None:
    known, language = host.info is not None, options.language
    info = host.load(cancel)
    if info.notice and not known:
        tell(info.notice)
    if options.task == "translate" and info.languages == ("en",) and not known:
        tell(f"{info.title} knows English only, so nothing is translated; whisper:base translates.")
    if language is not None and info.languages and language not in info.languages:
        raise LabBenchError(
            f"{info.title} does not know the language {language!r}.",
            f"It knows {', '.join(info.languages)}; other languages need Whisper's own weights, such as whisper:tiny.",
        )


def _with_name(path: Path, transcript: Transcript) -> dict[str, Any]:
    from labbench.transcript.formats import as_dict

    return {"file": str(path), **as_dict(transcript)}


def _text(path: Path, transcript: Transcript, kind: str, lines: CueLines, *, many: bool, first: bool) -> str:
    """A transcript in its format. Of several, each begins with its file's name, as a note where the format has such."""
    from labbench.session.transcript_writers import WRITERS
    from labbench.transcript.formats import SUBTITLES

    text = SUBTITLES[kind](transcript, lines) if kind in SUBTITLES else WRITERS[kind](transcript)
    if not many:
        return text
    name = one_line(str(path))
    if kind == "vtt":  # one header for all keeps the whole a valid file
        note = f"NOTE {name.replace('-->', '->')}\n\n"
        return (_VTT_HEAD if first else "") + note + text.removeprefix(_VTT_HEAD)
    if kind == "tsv":  # one table: a row for its file before those of its text
        return ("" if not first else text.partition("\n")[0] + "\n") + f"\t\t{name}\n" + text.partition("\n")[2]
    gap = "\n" if kind == "srt" or not first else ""
    return f"{name}\n{gap}{text}" if kind == "srt" else f"{gap}{name}\n{text}"
