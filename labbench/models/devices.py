"""Where a model runs: on the graphics card where that works, else on the processor. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labbench.core.errors import LabBenchError

CPU, CUDA, MPS = "cpu", "cuda", "mps"
AUTO = "auto"
DEVICES = (AUTO, CPU, CUDA, MPS)
"""What `LABBENCH_DEVICE` may be; "mps" is Apple's graphics."""
_TITLES = {CUDA: "graphics card", MPS: "Apple graphics"}
_FULL = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory", "failed to allocate")


@dataclass(frozen=True)
class Placed:
    """Where the model is now, and a sentence for people where that is not what was wanted ("" otherwise)."""

    device: str
    notice: str = ""


def wanted_device(env: Mapping[str, str]) -> str:
    """One of `DEVICES`, from `LABBENCH_DEVICE`. Raises LabBenchError for anything else."""
    wanted = env.get("LABBENCH_DEVICE", "").strip().lower() or AUTO
    if wanted not in DEVICES:
        raise LabBenchError(f"LABBENCH_DEVICE is {wanted!r}.", f"It can be {', '.join(DEVICES)}.")
    return wanted


def place(
    wanted: str, is_there: Callable[[str], bool], move: Callable[[str], None], trial: Callable[[], Sequence[bool]]
) -> Placed:
    """Put a model on the first device that works: CUDA, then Apple's graphics, then the processor.

    `move` puts it on a device; `trial` runs it there and says of each number that comes out whether it is finite (at
    least one). Whatever either raises means that the device can't be used, and the model goes back to the processor.
    """
    notices = []
    for device in (CUDA, MPS):
        if wanted not in (AUTO, device):
            continue
        title = _TITLES[device]
        if not _asked(is_there, device):
            if wanted == device:
                notices.append(f"No {title} that can be used ({device}) is here: the processor does the work.")
            continue
        why = _tried(device, move, trial)
        if why is None:
            return Placed(device, " ".join(notices))
        notices.append(f"The {title} can't run this model ({why}): the processor does the work.")
    move(CPU)
    return Placed(CPU, " ".join(notices))


def _asked(is_there: Callable[[str], bool], device: str) -> bool:
    try:
        return is_there(device)
    except Exception:  # noqa: BLE001 - a broken driver is no graphics card
        return False


def _tried(device: str, move: Callable[[str], None], trial: Callable[[], Sequence[bool]]) -> str | None:
    """Why it does not work there, or None."""
    try:
        move(device)
        finite = trial()
    except Exception as error:  # noqa: BLE001 - drivers raise anything
        return "its memory is too small" if is_full(error) else _one_line(error)
    return None if len(finite) and all(finite) else "its results are no numbers"


def _one_line(error: Exception) -> str:
    text = (str(error).strip().splitlines() or [""])[0].rstrip(".")
    return text[:100] or type(error).__name__


def is_full(error: BaseException) -> bool:
    """Whether an error means that memory, the computer's or the graphics card's, was not enough."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _FULL)


def memory_error(title: str) -> LabBenchError:
    """What people are told then."""
    return LabBenchError(
        f"The memory is not enough for {title}.",
        "Choose a smaller model, close other programs, or set LABBENCH_DEVICE=cpu if the graphics card's is meant.",
    )
