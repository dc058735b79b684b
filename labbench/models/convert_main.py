"""A process that converts one `model.bin` and ends: `python -m labbench.models.convert_main MODEL CONFIG TARGET`.

It writes lines of JSON to standard output: `[done, total]` now and then, and at last, where it failed, what happened
and what to do as `{"message": ..., "hint": ...}`. It ends with its parent, which holds its standard input.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from labbench.core.errors import LabBenchError
from labbench.core.progress import CancelToken, Progress
from labbench.models.conversion.ct2 import convert_ct2

_REPORT_SECONDS = 0.1


def _tell(line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def main(model_bin: Path, config: Path, target: Path) -> int:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    told = [0.0]

    def show(progress: Progress) -> None:
        now = time.monotonic()
        if now - told[0] >= _REPORT_SECONDS:
            told[0] = now
            _tell([progress.done, progress.total])

    try:
        convert_ct2(model_bin, json.loads(config.read_bytes()), target, show, CancelToken())
    except LabBenchError as error:
        _tell({"message": error.message, "hint": error.hint})
        return 2
    except (OSError, ValueError, ImportError) as error:
        _tell({"message": f"{target.name} could not be converted: {error}.", "hint": "Check the disk, and try again."})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4])))
