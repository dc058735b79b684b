#!/usr/bin/env python3
"""Install Speech Lab Bench where that is needed, then start it.

    python3 packaging/start.py [--yes] [--install-only] [--whisper NAME] [ARGUMENTS for labbench]
    python3 packaging/start.py [--yes] [--install-only] [--whisper NAME] test [--all] [ARGUMENTS for pytest]

``test`` runs the tests in two processes at a time, with ``-n 0`` in one. ``--yes`` asks no questions;
``--install-only`` installs and does not start anything. With the installation come the weights of Whisper
``base``; ``--whisper`` names others (``tiny.en``, ``small``, ...) or ``none``. Where they cannot be had, the
program works without them. Everything this program has to say goes to standard error, so that a command's
standard output can be piped.

Environment: LABBENCH_VENV is the folder to install into (``.venv`` in the project); LABBENCH_TORCH is
``cpu`` or ``cuda`` where the choice should not be left to whether an NVIDIA GPU is found.

This file must parse and run on Python 3.6, so that an old Python can still say that it is too old. What it
imports from its own folder is read only after that check.
"""

import os
import sys
from pathlib import Path

OLDEST = (3, 11)
TOO_NEW = (3, 14)
WHISPER = "base"
WHISPERS = ["none", "tiny.en", "tiny", "base.en", "base", "small.en", "small", "medium.en", "medium"]
WHISPERS += ["large-v1", "large-v2", "large-v3", "large", "large-v3-turbo", "turbo"]
WORKERS = 2  # processes that run the tests
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


class Options:
    """What the command line asks for: this program's own options, then what to start with which arguments."""

    def __init__(self, arguments):
        rest = list(arguments)
        own = set()
        self.whisper = ""
        while rest and rest[0].partition("=")[0] in ("--yes", "--install-only", "--whisper"):
            word, _, value = rest.pop(0).partition("=")
            own.add(word)
            if word == "--whisper":
                self.whisper = value or (rest.pop(0) if rest else "?")
        self.yes = "--yes" in own
        self.install_only = "--install-only" in own
        self.test = rest[:1] == ["test"]
        self.arguments = rest[1:] if self.test else rest
        self.extras = ["test"] if self.test else []

    def problem(self):
        """Return a sentence that says what cannot be meant, or an empty string."""
        if self.whisper and self.whisper not in WHISPERS:
            return "There is no Whisper called {}: use {}.".format(self.whisper, ", ".join(WHISPERS))
        return ""

    def module(self):
        """Return the arguments that follow ``python`` when the installed program is started."""
        if not self.test:
            return ["-m", "labbench", *self.arguments]
        return ["-m", "pytest", *self.which(), *self.workers(), *(one for one in self.arguments if one != "--all")]

    def which(self):
        """Return the arguments that leave out slow tests, unless all are wanted."""
        return [] if "--all" in self.arguments else ["-m", "not slow"]

    def workers(self):
        """Return the arguments that divide the tests among processes; whoever gives ``-n`` later overrules them."""
        alone = any(one.endswith("no:xdist") or one == "--pdb" for one in self.arguments)
        return [] if alone else ["-n", str(WORKERS), "--dist", "loadgroup"]


def say(text):
    """Print one line where people look but pipes do not."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def which_python():
    """Return the name of an installed Python that fits, or an empty string."""
    import shutil

    for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        if shutil.which(name):
            return name
    return ""


def python_problem(version, bits=64, other=which_python):
    """Return a sentence that says why this Python cannot be used and what to do, or an empty string."""
    if OLDEST <= tuple(version[:2]) < TOO_NEW and bits == 64:
        return ""
    text = "Speech Lab Bench needs a 64-bit Python 3.11, 3.12 or 3.13, and this is "
    text += "{}.{}".format(*version[:2]) + (": " if bits == 64 else f" with {bits} bits: ")
    if os.name == "nt":
        return text + "install one from python.org, then run: py -3.13 packaging\\start.py"
    name = other()
    if name:
        return text + f"run it with the one that is here: {name} packaging/start.py"
    return text + "install one from python.org or your system's packages, then run this again with it."


def venv_folder(environ):
    """Return the absolute path of the folder that the program is installed into."""
    return (Path.cwd() / (environ.get("LABBENCH_VENV") or ROOT / ".venv")).resolve()


def venv_python(venv):
    """Return the path of a virtual environment's Python."""
    if os.name == "nt":
        return str(venv / "Scripts" / "python.exe")
    return str(venv / "bin" / "python")


def launch(command, folder, environ):
    """Become `command` in `folder` (on Windows: run it and wait) and return its exit status."""
    os.chdir(folder)
    if os.name != "nt":
        os.execve(command[0], command, environ)  # noqa: S606
    import subprocess

    process = subprocess.Popen(command, env=environ)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the program has got the same Ctrl-C and decides what it means
            continue


def start(options, environ, start_program, install, fetch):
    """Install if the stamp does not vouch for what is there, get Whisper, then start what `options` ask for.

    Raises bootstrap_common.StartError where the installation fails.
    """
    import bootstrap_stamp

    venv = venv_folder(environ)
    python = venv_python(venv)
    key = bootstrap_stamp.key(ROOT, venv, sys.version_info)
    wanted = bootstrap_stamp.Stamp(key, environ.get("LABBENCH_TORCH", ""), options.extras)
    if not bootstrap_stamp.satisfied(venv, python, wanted):
        if install is None:
            from bootstrap_install import install
        install(ROOT, venv, python, wanted, options.yes, environ)
    if options.whisper or not (venv / bootstrap_stamp.WHISPER).exists():
        if fetch is None:
            from bootstrap_whisper import fetch
        fetch(venv, python, options.whisper or WHISPER, environ)
    if options.install_only:
        return 0
    command = [python, *options.module()]
    if options.test:
        return start_program(command, ROOT, dict(environ, QT_QPA_PLATFORM="offscreen"))
    return start_program(command, Path.cwd(), dict(environ))


def main(arguments, environ, start_program=launch, install=None, fetch=None):
    """Run this program and return its exit status: 1 where something must be done first, 130 after Ctrl-C."""
    options = Options(arguments)
    problem = python_problem(sys.version_info, 64 if sys.maxsize > 2**32 else 32) or options.problem()
    if problem:
        say(problem)
        return 1
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    from bootstrap_common import StartError

    try:
        return start(options, environ, start_program, install, fetch)
    except StartError as error:
        say(str(error))
    except KeyboardInterrupt:
        say("Stopped. Run the same command again to go on.")
        return 130
    except OSError as error:
        say(f"This file or folder could not be used: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
