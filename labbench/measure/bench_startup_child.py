"""The program as `python -m labbench gui`, but for what follows its first paint: that tells the time instead.

Microphones are listed as usual and the listening process is started; engines are not loaded. One JSON line goes to
standard output: `painted` (wall clock, seconds) and `pid`. The window closes when standard input does.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from labbench.audio.source import SourceSpec
    from labbench.ui.main_window import MainWindow


def main() -> None:
    """Run the program; heavy modules are imported where the program does so."""
    from labbench import app

    app.after_first_paint = tell_time
    sys.argv = ["labbench", "gui"]
    runpy.run_module("labbench", run_name="__main__", alter_sys=True)


def tell_time(window: MainWindow, source: SourceSpec | None, files: Sequence[Path] = ()) -> None:
    """Takes the place of `labbench.app.after_first_paint`."""
    painted = time.time()
    from labbench.core import paths
    from labbench.live.messages import Teach

    bench = window.bench
    bench.sources.look()
    bench.desk.look_for_interrupted(paths.sessions())
    bench.sound.send(Teach(()))  # the first command starts the listening process
    job = bench.jobs.prepare("Waiting for the measurement", lambda _progress, _cancel: sys.stdin.read())
    job.ended.connect(window.close)
    job.start()
    sys.stdout.write(json.dumps({"painted": painted, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
