"""faster-whisper as somebody to race: a script for an interpreter that has it. It imports nothing of this program.

    PYTHON peer_whisper.py MODEL CORES [--once SOUND]

MODEL is a folder of weights, `labbench-models/MODEL` in PYTHON's environment. Without `--once` it is loaded, and then
each line of standard input is a request, such as {"sound": "clip.wav", "word_times": true}, answered by a line of
standard output: {"seconds": 1.2, "text": "..."}, or {"error": "..."}. The first answer, {"name": "..."}, says that it
is ready. With `--once` one sound is read and its text written. int8, a thread a core, and the defaults of
openai-whisper's own program: beams of five, the language found by itself, no filter for voices.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TextIO

Transcribe = Callable[[Any, bool], str]
"""A sound as it was loaded, and whether words get times; its text."""


def serve(name: str, load: Callable[[str], Any], transcribe: Transcribe, requests: Iterable[str], out: TextIO) -> None:
    """Answer requests until there are no more. Loading a sound is not timed, and happens once for each."""
    sounds: dict[str, Any] = {}
    _answer(out, {"name": name})
    for line in requests:
        request = json.loads(line)
        path = request["sound"]
        if path not in sounds:
            sounds[path] = load(path)
        began = time.perf_counter()
        text = transcribe(sounds[path], request["word_times"])
        _answer(out, {"seconds": time.perf_counter() - began, "text": text})


def run(work: Callable[[list[str], TextIO], None]) -> int:
    """A script's whole life: what libraries write goes to standard error, and a failure is an answer like another."""
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        work(sys.argv[1:], out)
    except Exception as error:  # noqa: BLE001 - told to whoever asked
        _answer(out, {"error": f"{type(error).__name__}: {error}"})
        return 1
    return 0


def _answer(out: TextIO, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


def _work(arguments: list[str], out: TextIO) -> None:
    import faster_whisper

    folder = Path(sys.prefix) / "labbench-models" / arguments[0]
    if not (folder / "model.bin").is_file():
        raise FileNotFoundError(f"there is no {folder / 'model.bin'}")
    model = faster_whisper.WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=int(arguments[1]), local_files_only=True
    )

    def transcribe(sound: Any, word_times: bool) -> str:
        segments, _ = model.transcribe(sound, beam_size=5, word_timestamps=word_times, vad_filter=False)
        return " ".join(segment.text.strip() for segment in segments)

    if arguments[2:3] == ["--once"]:
        out.write(transcribe(arguments[3], True) + "\n")
        return
    name = f"faster-whisper {faster_whisper.__version__}"
    serve(name, faster_whisper.decode_audio, transcribe, sys.stdin, out)


if __name__ == "__main__":
    sys.exit(run(_work))
