"""What the modules of the installer share: the one expected error, saying something, running something.

Imported on every start, so nothing heavy is imported at the top.
"""

import os
import sys


class StartError(Exception):
    """An expected failure, as one sentence that says what to do, perhaps followed by lines of detail."""

    def __init__(self, sentence, details=()):
        super().__init__("\n".join([sentence, *("    " + line for line in details)]))


def say(text):
    """Print to standard error: standard output belongs to the program that is started."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Shell:
    """Runs other programs, never on this one's standard output or input. Tests put a fake in its place."""

    def __init__(self, environ):
        self.environ = dict(environ, PYTHONUTF8="1", PYTHONUNBUFFERED="1")

    def run(self, command, on_line=lambda line: None):
        """Run `command`, hand each line it prints to `on_line`, return its exit status (127: not found)."""
        import subprocess

        try:
            process = subprocess.Popen(
                command,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            on_line(str(error))
            return 127
        with process:
            for line in process.stdout:
                on_line(line.rstrip())
        return process.returncode

    def which(self, name):
        """Return the path of a program on PATH, or None."""
        import shutil

        return shutil.which(name, path=self.environ.get("PATH"))

    def is_root(self):
        """Tell whether this runs as POSIX root."""
        return hasattr(os, "geteuid") and os.geteuid() == 0
