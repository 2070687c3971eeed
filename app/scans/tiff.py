"""The directories of a TIFF file, one a page, read without decoding anything.

Pillow goes from page to page by decoding what lies before and allocates each page's pixels on the way, and it gives
a file up when its first page is odd. So the chain of directories is walked here, and each page is opened on its own.
Source: TIFF 6.0, section 2; BigTIFF as libtiff writes it.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MOST_TAGS = 4096
_SUBFILE, _BITS, _PHOTOMETRIC, _ORIENTATION = 254, 258, 262, 274
_INLINE = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True, slots=True)
class Directory:
    """One page of a TIFF: where it is described, and what Pillow does not tell or not in time.

    `white_is_zero` says that the smallest value is white; `bits` are those of the first sample; `orientation` is
    1 to 8 as in EXIF.
    """

    offset: int
    bits: int
    white_is_zero: bool
    orientation: int


def directories(file: BinaryIO) -> Iterator[Directory]:
    """The pages in the file's order, without reduced copies of them such as scanners put in.

    Raises struct.error where the chain leads out of the file; a chain that leads back ends there.
    """
    file.seek(0)
    layout = _Layout.of(file.read(8))
    file.seek(8 if layout.big else 4)
    first = offset = layout.pointer(file)
    seen: set[int] = set()
    while offset and offset not in seen:
        seen.add(offset)
        file.seek(offset)
        tags = layout.tags(file)
        following = layout.pointer(file)
        if offset == first or not tags.get(_SUBFILE, 0) & 1:
            orientation = tags.get(_ORIENTATION, 1)
            yield Directory(
                offset=offset,
                bits=tags.get(_BITS, 1),
                white_is_zero=tags.get(_PHOTOMETRIC, 0) == 0,
                orientation=orientation if 1 <= orientation <= 8 else 1,
            )
        offset = following


class PageFile(io.BufferedReader):
    """A TIFF file as if the page of this directory were its first: the header's one pointer reads differently."""

    def __init__(self, path: Path, directory: Directory) -> None:
        super().__init__(io.FileIO(path))
        start = super().read(16)
        layout = _Layout.of(start)
        pointer = struct.pack(layout.order + ("Q" if layout.big else "I"), directory.offset)
        self._header = start[: 8 if layout.big else 4] + pointer
        self.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes of the file, with the pointer changed."""
        at = self.tell()
        data = super().read(size)
        if at >= len(self._header):
            return data
        return self._header[at : at + len(data)] + data[len(self._header) - at :]


@dataclass(frozen=True, slots=True)
class _Layout:
    """How numbers stand in this file: the byte order in struct's notation, and whether it is a BigTIFF."""

    order: str
    big: bool

    @classmethod
    def of(cls, header: bytes) -> "_Layout":
        order = "<" if header[:2] == b"II" else ">"
        return cls(order, struct.unpack(order + "H", header[2:4])[0] == 43)

    def pointer(self, file: BinaryIO) -> int:
        """The file offset that stands here."""
        return self._number(file, "Q" if self.big else "I")

    def tags(self, file: BinaryIO) -> dict[int, int]:
        """The first value of every tag whose values are whole numbers and stand in the directory itself."""
        count = self._number(file, "Q" if self.big else "H")
        if not 0 < count <= _MOST_TAGS:
            raise struct.error("a directory without tags, or with too many")
        entry = struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))
        tags: dict[int, int] = {}
        for tag, kind, values, data in entry.iter_unpack(file.read(count * entry.size)):
            form = _INLINE.get(kind)
            if form and 0 < values * struct.calcsize(form) <= len(data):
                tags[tag] = int(struct.unpack_from(self.order + form, data)[0])
        return tags

    def _number(self, file: BinaryIO, form: str) -> int:
        number = struct.Struct(self.order + form)
        return int(number.unpack(file.read(number.size))[0])
