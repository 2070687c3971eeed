"""One file on its way: which of its blocks are on the disk, and what of it is still to be fetched.

Everything here is called under the lock of the transfer that owns the file, unless it says otherwise.
"""

import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.checkpoints.answers import Answer
from app.checkpoints.plan import PlannedFile
from app.checkpoints.staging import BLOCK, BlockLine, FileState, Journal, Part


@dataclass(eq=False, slots=True)
class Span:
    """A stretch of a file that one connection fetches: from `position` to `end`, None where the size is not known.

    `crc` is that of the block so far in which `position` lies; a span of an older generation of its file is void.
    """

    file: "StagedFile"
    position: int
    end: int | None
    generation: int
    crc: int = 0

    @property
    def left(self) -> int:
        """How many bytes are missing, 0 where nobody knows."""
        return max((self.end or 0) - self.position, 0)

    @property
    def begun(self) -> int:
        """The bytes of the block in which it is, which do not count as arrived yet."""
        void = self.generation != self.file.state.generation
        return 0 if void or self.done else self.position % BLOCK

    @property
    def done(self) -> bool:
        """Whether all of it has arrived."""
        return self.end is not None and self.position >= self.end


@dataclass(eq=False, slots=True)
class StagedFile:
    """A file's blocks, size, validators and generation, and whether its hashes were found right (`digest`).

    `unread` are the blocks of an earlier run, which count only once they were read back. `writing` is held while a
    piece is written, so that nothing of an older generation is written after a newer one began.
    """

    number: int
    planned: PlannedFile
    path: Path
    state: FileState
    crcs: dict[int, int] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)
    writing: threading.Lock = field(default_factory=threading.Lock)
    ranges: bool | None = None
    digest: str = ""
    wrong: int = 0

    @classmethod
    def begin(
        cls, number: int, planned: PlannedFile, folder: Path, state: FileState, lines: Iterable[BlockLine]
    ) -> "StagedFile":
        """The file as the journal and its log leave it."""
        size = planned.size if planned.size is not None and (planned.hashes or state.size is None) else state.size
        file = cls(number, planned, folder / planned.name, FileState(
            size=size, etag=state.etag, modified=state.modified, generation=state.generation
        ))  # fmt: skip
        last = None if size is None else -(-size // BLOCK)
        for line in lines:
            current = line.file == number and line.generation == state.generation
            if current and line.block >= 0 and (last is None or line.block < last):
                file.crcs[line.block] = line.crc
        file.unread.update(file.crcs)
        return file

    @property
    def size(self) -> int | None:
        """The size in bytes, None until somebody said."""
        return self.state.size

    @property
    def fixed(self) -> bool:
        """Whether the publisher's word on this file stands, so that another size is an error."""
        return bool(self.planned.hashes)

    @property
    def recognisable(self) -> bool:
        """Whether a hash or a validator tells the rest of this file from that of another version."""
        return self.fixed or bool(self.state.etag or self.state.modified)

    def arrived(self) -> int:
        """The bytes of all blocks that are there."""
        whole = len(self.crcs) * BLOCK
        if self.size is not None and self.size % BLOCK and self.size // BLOCK in self.crcs:
            whole -= BLOCK - self.size % BLOCK
        return whole

    def as_it_came(self, block: int, content: bytes) -> bool:
        """Whether a block that was read back is what came over the network; one of this run needs no comparison."""
        if len(content) != self.block_size(block):
            return False
        return block not in self.unread or zlib.crc32(content) == self.crcs[block]

    def missing(self) -> list[Span]:
        """The stretches that are not there yet."""
        generation = self.state.generation
        if self.size is None:
            first = next(block for block in range(len(self.crcs) + 1) if block not in self.crcs)
            return [Span(self, first * BLOCK, None, generation)]
        spans: list[Span] = []
        for block in range(-(-self.size // BLOCK)):
            if block in self.crcs:
                continue
            end = min((block + 1) * BLOCK, self.size)
            if spans and spans[-1].end == block * BLOCK:
                spans[-1].end = end
            else:
                spans.append(Span(self, block * BLOCK, end, generation))
        return spans

    def complete(self) -> bool:
        """Whether all blocks are there, whatever they hold."""
        return self.size is not None and len(self.crcs) == -(-self.size // BLOCK)

    def block_size(self, block: int) -> int:
        """The bytes of one block."""
        return BLOCK if self.size is None else min(BLOCK, self.size - block * BLOCK)

    def differs(self, answer: Answer) -> bool:
        """Whether the server says that the file is no longer the one that was begun."""
        known = self.state
        if known.etag and answer.etag:
            return known.etag != answer.etag
        return bool(known.modified and answer.modified and known.modified != answer.modified)

    def conditions(self, span: Span) -> dict[str, str]:
        """The headers that ask for the rest of a span, and only of the file that was begun."""
        if self.ranges is False:
            return {}
        last = "" if span.end is None or span.end == self.size else str(span.end - 1)
        headers = {"Range": f"bytes={span.position}-{last}"}
        if span.position and (validator := self.state.etag or self.state.modified):
            headers["If-Range"] = validator
        return headers

    def learn(self, answer: Answer) -> bool:
        """Takes in size and validators; True when that is news for the journal."""
        before = self.state
        self.state = FileState(
            size=before.size if answer.total is None else answer.total,
            etag=answer.etag or before.etag,
            modified=answer.modified or before.modified,
            generation=before.generation,
        )
        return self.state != before

    def start_over(self) -> None:
        """Forgets everything that arrived; what is still on its way for it becomes void."""
        size = self.planned.size if self.fixed else None
        with self.writing:
            self.state = FileState(size=size, generation=self.state.generation + 1)
        self.crcs.clear()
        self.unread.clear()
        self.digest = ""

    def take(self, span: Span, piece: memoryview) -> list[BlockLine]:
        """Counts a piece that was written at the span's position; the blocks that became whole by it."""
        lines: list[BlockLine] = []
        while piece:
            block, within = divmod(span.position, BLOCK)
            part = piece[: BLOCK - within]
            span.crc = zlib.crc32(part, span.crc)
            span.position += len(part)
            piece = piece[len(part) :]
            if span.position % BLOCK == 0 or span.position == self.size:
                lines.append(self._whole(span, block))
        return lines

    def end_here(self, span: Span) -> list[BlockLine]:
        """The server ended a file whose size nobody knew: this is its size; the last block, if there is one."""
        self.state = FileState(
            size=span.position, etag=self.state.etag, modified=self.state.modified, generation=self.state.generation
        )
        span.end = span.position
        return [self._whole(span, span.position // BLOCK)] if span.position % BLOCK else []

    def _whole(self, span: Span, block: int) -> BlockLine:
        self.crcs[block] = span.crc
        self.unread.discard(block)
        line = BlockLine(self.number, block, span.crc, self.state.generation)
        span.crc = 0
        return line


def arrived(part: Part, journal: Journal) -> int:
    """The bytes of all blocks that the journal of a download and its log tell of."""
    lines = part.blocks()
    files = enumerate(zip(journal.plan.files, journal.files, strict=True))
    return sum(StagedFile.begin(at, planned, part.files, state, lines).arrived() for at, (planned, state) in files)
