"""Import of 200 JPEG pages against plain copying and hashing: `python -m tests.bench.importing`."""

import hashlib
import shutil
from pathlib import Path

from PIL import Image

from app.archive import Archive
from app.scans import import_scans
from tests.bench.measuring import SHARED, own_home, seconds, show

PAGES = 200


def main() -> None:
    """Makes 200 different JPEGs from the shared scans, then copies and imports them in turn."""
    with own_home() as folder:
        files = _scans(folder / "scans")
        size = sum(file.stat().st_size for file in files)
        copying = seconds(lambda: _copy(files, folder / "copy"))
        decoding = seconds(lambda: [_decode(file) for file in files])
        with Archive.create(folder / "archive") as archive:
            importing = seconds(lambda: import_scans(archive, files))
            assert len(archive.pages()) == PAGES
    print(f"{PAGES} JPEG pages, {size / 1e6:.0f} MB")
    show("copying and hashing", copying, copying, "copying and hashing")
    show("decoding every page in full, to compare", decoding, copying, "copying and hashing")
    show("import: check, hash, keep, thumbnail", importing, copying, "copying and hashing")


def _scans(folder: Path) -> list[Path]:
    folder.mkdir()
    originals = sorted(SHARED.glob("data/typewritten/**/*.jpg"))
    files = []
    for number in range(PAGES):
        file = folder / f"page{number:03}.jpg"
        data = originals[number % len(originals)].read_bytes()
        file.write_bytes(data + number.to_bytes(4, "big"))  # bytes after the end of a JPEG are ignored
        files.append(file)
    return files


def _copy(files: list[Path], folder: Path) -> None:
    folder.mkdir()
    for file in files:
        copy = shutil.copyfile(file, folder / file.name)
        with copy.open("rb") as handle:
            hashlib.file_digest(handle, "sha256")


def _decode(file: Path) -> None:
    with Image.open(file) as image:
        image.load()


if __name__ == "__main__":
    main()
