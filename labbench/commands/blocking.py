"""The block-lists that hold on the command line: the class's, and one that is named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labbench.transcript.guard import BlockList


def blocked_here(named: Path | None = None, env: Mapping[str, str] = os.environ) -> BlockList:
    """What no engine may say: the list that `LABBENCH_BLOCKLIST` names, as in the window, and the file `named`.

    Raises LabBenchError, FormatError where one of them can't be used: nothing is transcribed without it then.
    """
    from labbench.session.block_file import ENVIRONMENT
    from labbench.transcript.block_list import joined, load_block_list

    files = [Path(env[ENVIRONMENT])] if env.get(ENVIRONMENT) else []
    return joined(*(load_block_list(path) for path in (*files, *([named] if named is not None else []))))
