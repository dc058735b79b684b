"""What sound can come from, as the source box lists it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labbench.audio.device_names import worth_showing
from labbench.audio.devices import Device
from labbench.audio.source import DeviceSpec, FileSpec, SourceSpec
from labbench.core import paths
from labbench.core.errors import LabBenchError
from labbench.models.moonshine_files import moonshine_assets


@dataclass(frozen=True)
class SourceChoice:
    """An entry of the source box; `details` for its tooltip."""

    title: str
    spec: SourceSpec
    details: str = ""


def as_microphone(spec: FileSpec) -> SourceChoice:
    """A file as an entry."""
    return SourceChoice(spec.title if "clip" in spec.title.casefold() else f"{spec.title} (clip)", spec)


def demo_source() -> FileSpec:
    """The clip of the first minute."""
    return FileSpec(paths.assets() / "clips" / "demo.flac", "Demo clip")


def bundled_choices() -> list[SourceChoice]:
    """The clips that come with the program, and the recordings of people inside the Moonshine wheel."""
    clips = paths.assets() / "clips"
    specs = [
        demo_source(),
        FileSpec(clips / "sentences_with.flac", "Sentences"),
    ]
    try:
        folder = moonshine_assets()
    except LabBenchError:
        folder = None
    if folder is not None:
        people = (("A Tale of Two Cities, read", "two_cities.wav"), ("Beckett, read", "beckett.wav"))
        specs += [FileSpec(folder / name, title) for title, name in people]
    return [as_microphone(spec) for spec in specs if spec.path.exists()]


def device_choices(devices: Sequence[Device], wanted: str | None = None) -> list[SourceChoice]:
    """The system's default microphone, where there is one, and the others by name, host, channels and rate.

    A device that is there under several hosts is one entry; the Settings list all of them, and one that was `wanted`
    there (a label) is here too.
    """
    shown = worth_showing(devices)
    others = [device for device in devices if device in shown or device.label == wanted]
    default = next((device.details for device in devices if device.default), "")
    first = [SourceChoice("Default microphone", DeviceSpec(), default)] if devices else []
    return first + [SourceChoice(device.title, DeviceSpec(device.label), device.details) for device in others]
