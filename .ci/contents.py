"""Check what is in the wheel and the source distribution, and print their sizes; exit code 1 if it is wrong.

python .ci/contents.py dist
"""

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src"
LARGEST = {"wheel": 2_000_000, "source": 8_000_000}  # bytes; a file too many would show here
NEEDED = {
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "tests/conftest.py",
}


def files_of_package() -> set[str]:
    """Return the files of src/, as a wheel names them."""
    found = (path for path in SOURCES.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(SOURCES).as_posix() for path in found}


def faults(wheel: Path, source: Path) -> list[str]:
    """Return what is missing, and what should not be there."""
    package = files_of_package()
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(source) as archive:
        in_source = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    needed = NEEDED | {f"src/{name}" for name in package}
    sizes = {"wheel": wheel.stat().st_size, "source": source.stat().st_size}
    return [
        *(f"{wheel.name} lacks {name}" for name in sorted(package - in_wheel)),
        *(f"{wheel.name} has {name}" for name in sorted(in_wheel - package)),
        *(f"{source.name} lacks {name}" for name in sorted(needed - in_source)),
        *(f"{source.name} has {name}" for name in sorted(in_source) if "__pycache__" in name),
        *(f"The {kind} has {size:,} bytes." for kind, size in sizes.items() if size > LARGEST[kind]),
    ]


def main(folder: str) -> int:
    """Check the one wheel and the one source distribution in a folder; return an exit code."""
    (wheel,), (source,) = Path(folder).glob("*.whl"), Path(folder).glob("*.tar.gz")
    for path in (wheel, source):
        print(f"{path.stat().st_size:>12,} bytes  {path.name}")
    found = faults(wheel, source)
    print("\n".join(found) or "Contents as they should be.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
