"""Which PyTorch: the small one for processors, unless there is an NVIDIA GPU, and where to get it."""

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from bootstrap_common import Shell, StartError, say
from bootstrap_pip import Pip

VERSION = "2.13.0"
INDEX = "https://download.pytorch.org/whl/"
CUDA = "cu130"  # what torch 2.13.0 from PyPI is built for on Linux; PyPI has no CUDA build for Windows
NVIDIA_FOLDER = Path("/proc/driver/nvidia/gpus")
PROBE_SECONDS = 2.0


def has_gpu(shell: Shell, folder: Path = NVIDIA_FOLDER) -> bool:
    """Tell whether an NVIDIA GPU is here and its driver works."""
    if folder.is_dir() and any(folder.iterdir()):
        return True
    found: list[str] = []
    return (
        shell.which("nvidia-smi") is not None
        and shell.run(["nvidia-smi", "-L"], found.append) == 0
        and any(line.startswith("GPU ") for line in found)
    )


def choice(environ: Mapping[str, str], shell: Shell, gpu: Callable[[Shell], bool] = has_gpu) -> str:
    """Return ``cpu`` or ``cuda``.

    Raises StartError where LABBENCH_TORCH is neither.
    """
    asked = environ.get("LABBENCH_TORCH", "")
    if asked not in ("", "cpu", "cuda"):
        raise StartError(f"LABBENCH_TORCH is {asked!r}: set it to cpu or cuda, or leave it out.")
    if asked:
        return asked
    return "cuda" if sys.platform != "darwin" and gpu(shell) else "cpu"


def answers(url: str, seconds: float = PROBE_SECONDS) -> bool:
    """Tell whether `url` can be read within `seconds`, looking up its name included."""
    result: list[bool] = []

    def ask() -> None:
        import urllib.request

        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds) as reply:
                result.append(reply.status == 200)
        except (OSError, ValueError):  # no network, no such page, no certificate: all mean no
            result.append(False)

    thread = threading.Thread(target=ask, daemon=True)  # a daemon, as a name look-up has no time limit
    thread.start()
    thread.join(seconds)
    return bool(result and result[0])


def requirement(torch: str) -> str:
    """Return the requirement for the build `torch`, whose version is in constraints.txt.

    A ``+cpu`` wheel counts as newer than the same version without a suffix, so ``cuda`` has to rule it out.
    """
    return f"torch!={VERSION}+cpu" if torch == "cuda" else "torch"


def index(torch: str, platform: str, probe: Callable[[str], bool] = answers) -> list[str]:
    """Return pip's arguments for PyTorch's own index, where it is needed and answers."""
    wanted = {("cpu", "linux"): "cpu", ("cpu", "win32"): "cpu", ("cuda", "win32"): CUDA}.get((torch, platform))
    if wanted is None:
        return []
    if probe(f"{INDEX}{wanted}/torch/"):
        return ["--extra-index-url", INDEX + wanted]
    say("      PyTorch's own index does not answer; taking what pip's usual sources have")
    return []


def install(pip: Pip, torch: str, platform: str = sys.platform, probe: Callable[[str], bool] = answers) -> None:
    """Install PyTorch; its build for CUDA on Linux brings triton, with which Whisper's word times are a little quicker.

    Raises StartError.
    """
    pip.install(requirement(torch), *index(torch, platform, probe))
