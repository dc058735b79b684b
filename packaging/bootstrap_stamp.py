"""The stamp: the file, written last, that says an installation is complete and what went into it.

Imported on every start, so nothing heavy is imported at the top.
"""

import contextlib
import os

RECIPE = 2  # raise it when the steps of the installation change
NAME = "labbench.stamp"
WHISPER = "labbench.whisper"  # beside it: which weights were asked for, whether or not they could be had


class Stamp:
    """What an installation is made of: the key of its inputs, ``cpu`` or ``cuda``, the extras."""

    def __init__(self, key, torch, extras):
        self.key = key
        self.torch = torch
        self.extras = list(extras)

    def covers(self, wanted):
        """Tell whether an installation with this stamp can be used for `wanted`, whose torch may be ''."""
        same_torch = wanted.torch in ("", self.torch)
        return self.key == wanted.key and same_torch and set(wanted.extras) <= set(self.extras)


def key(root, venv, version):
    """Return a hash of everything that decides what is installed, and where to.

    The paths are in it because scripts in the environment and the link to the project hold them.
    """
    import hashlib

    constraints = (root / "packaging" / "constraints.txt").read_text(encoding="utf-8")
    # Below the first [tool.*] table there are settings of tools, which change often and install nothing.
    project = (root / "pyproject.toml").read_text(encoding="utf-8").partition("\n[tool.")[0]
    parts = [str(RECIPE), "{}.{}".format(*version[:2]), str(root), str(venv), constraints, project]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def read(venv):
    """Return the stamp of an installation, or None where it is missing or not a stamp."""
    try:
        lines = (venv / NAME).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return None
    return Stamp(lines[0], lines[1], lines[2].split()) if len(lines) == 4 else None


def satisfied(venv, python, wanted):
    """Tell whether what is installed in `venv` can be used for `wanted`, without running it."""
    stamp = read(venv)
    return stamp is not None and stamp.covers(wanted) and os.access(python, os.X_OK)


def remove(venv):
    """Take the stamp away before anything is changed, as a half-made change is no installation."""
    with contextlib.suppress(FileNotFoundError):
        (venv / NAME).unlink()


def write(venv, stamp):
    """Write the stamp in one step."""
    part = venv / (NAME + ".part")
    text = "\n".join([stamp.key, stamp.torch, " ".join(sorted(stamp.extras)), ""])
    part.write_bytes(text.encode("utf-8"))
    part.replace(venv / NAME)
