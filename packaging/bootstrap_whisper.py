"""Whisper's weights after the installation: the installed program gets them; without them everything else works.

That they were asked for is written down in the environment, so that one start asks and the next does not.
"""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bootstrap_common import say
from bootstrap_pip import Heartbeat
from bootstrap_stamp import WHISPER

NONE = "none"
CTRL_C = 130
Run = Callable[[list[str], Mapping[str, str]], int]


def run(command: list[str], environ: Mapping[str, str]) -> int:
    """Run the program, which shows its progress on a terminal; return its exit status."""
    with contextlib.nullcontext() if sys.stderr.isatty() else Heartbeat():
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:  # the program has got the same Ctrl-C, and ends in good order
                continue


def fetch(venv: Path, python: str, name: str, environ: Mapping[str, str], run: Run = run) -> None:
    """Get the weights `name` and write down that they were asked for.

    A failure is one line and stops nothing. Raises KeyboardInterrupt after Ctrl-C.
    """
    if name != NONE:
        say(f"Whisper {name} (--whisper none leaves it out)")
        status = run([python, "-m", "labbench", "models", "get", "--or-go-on", name], environ)
        if status == CTRL_C:
            raise KeyboardInterrupt
        if status:
            say("Whisper is not here yet; everything else works. Get Whisper in the window tries again.")
    (venv / WHISPER).write_text(name + "\n", encoding="utf-8")
