"""PortAudio through sounddevice: imported late, and its errors in words that name the human cause."""

from __future__ import annotations

import sys
import threading
from typing import Any

from labbench.core.errors import LabBenchError

NO_PORTAUDIO_HINT = "On Debian and Ubuntu: sudo apt install libportaudio2. Files and the demo clip work without it."
CLOSE_SECONDS = 1.0


def portaudio(*, refresh: bool = False) -> Any:
    """The sounddevice module, imported late: its import fails where PortAudio is missing.

    PortAudio lists devices once, when it starts; with `refresh` it starts again, so that what was plugged in since
    is there. Only while no stream of this process is open. Raises LabBenchError with what to install.
    """
    known = "sounddevice" in sys.modules
    try:
        import sounddevice

        if known and refresh:
            sounddevice._terminate()
            sounddevice._initialize()
    except (OSError, ImportError) as error:
        raise LabBenchError("The sound library PortAudio is missing.", NO_PORTAUDIO_HINT) from error
    except sounddevice.PortAudioError as error:
        raise LabBenchError(
            f"The system's sound could not be reached ({error}).", "Check its sound settings."
        ) from error
    return sounddevice


def close_stream(stream: Any, seconds: float = CLOSE_SECONDS) -> bool:
    """Stop and close a stream; whether that was possible in the time given.

    With a sound server that died PortAudio may wait for ever for its own thread. Then this process had better not use
    PortAudio any more, nor leave it to Python to end it.
    """
    closing = threading.Thread(target=stream.close, kwargs={"ignore_errors": True}, name="closing", daemon=True)
    closing.start()
    closing.join(seconds)
    return not closing.is_alive()


def translate(error: Exception, name: str) -> LabBenchError:
    """What PortAudio refused, and why, for people. `name` is the device's."""
    code = error.args[1] if len(error.args) > 1 else None
    causes: dict[object, tuple[str, str]] = {
        -9985: (
            "is not available.",
            "Another program may be using it, or access to the microphone is switched off.",
        ),
        -9996: ("is no longer there.", "Plug it in again or choose another device."),
        -9997: ("refuses its own sample rate.", "Choose another device, or the same one under another host."),
        -9998: ("refuses the number of channels.", "Choose another device."),
        -9999: ("was refused by the system.", "Check the system's sound settings and microphone permission."),
    }
    said = str(error.args[0]) if error.args else type(error).__name__
    what, hint = causes.get(code, (f"could not be opened ({said}).", "Choose another device."))
    return LabBenchError(f"{name} {what}", hint)
