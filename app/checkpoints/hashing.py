"""Hashes the files of a transfer as they arrive, by reading back from the disk what is to be believed of it.

One thread follows the files in the order of the plan. A block of an earlier run is compared with the CRC-32 that it had
when it came over the network; one that differs, or cannot be read, is fetched again.
"""

import hashlib
import logging
import os

from app.checkpoints.plan import PlannedFile
from app.checkpoints.staged_file import StagedFile
from app.checkpoints.staging import BLOCK
from app.checkpoints.work import Work
from app.errors import BadModel
from app.language import tr

_log = logging.getLogger(__name__)


def hash_all(work: Work) -> None:
    """Gives every file its digest, once its hashes are the published ones; runs on a thread of its own."""
    for file in work.files:
        while not _hash(work, file):
            if work.over:
                return


def _hash(work: Work, file: StagedFile) -> bool:
    """Follows one file to its end; False when it was started over or everything was stopped meanwhile."""
    with work.lock:
        generation = file.state.generation
    hashes: dict[str, hashlib._Hash] = {}
    block = 0
    while (size := _wait_for(work, file, block, generation)) is not None:
        hashes = hashes or _begun(file.planned, file.size or 0)
        if not size:
            return _judge(work, file, hashes)
        content = _read(file, block, size)
        with work.lock:
            if file.state.generation != generation:
                return False
            if not file.as_it_came(block, content):
                _log.warning("%s: block %d is not on the disk as it came", file.planned.name, block)
                work.lose(file, block)
                continue
        for one in hashes.values():
            one.update(content)
        block += 1
    return False


def _wait_for(work: Work, file: StagedFile, block: int, generation: int) -> int | None:
    """The size of a block once it is there, 0 behind the last one; None when the file is not to be gone on with."""
    with work.lock:
        while not work.over and file.state.generation == generation:
            if file.size is not None and block * BLOCK >= file.size:
                return 0
            if file.size is not None and block in file.crcs:
                return file.block_size(block)
            work.lock.wait(0.5)
        return None


def _read(file: StagedFile, block: int, size: int) -> bytes:
    try:
        with file.path.open("rb", buffering=0) as disk:
            disk.seek(block * BLOCK)
            return disk.read(size)
    except OSError as error:
        _log.warning("%s: block %d cannot be read: %s", file.planned.name, block, error)
        return b""


def _begun(planned: PlannedFile, size: int) -> "dict[str, hashlib._Hash]":
    """SHA-256, for the record, and whatever is published; git's own hash begins with a header."""
    hashes = {"sha256": hashlib.sha256()}
    for name in planned.hashes:
        if name == "git-sha1":
            hashes[name] = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
        elif name not in hashes:
            hashes[name] = hashlib.new(name, usedforsecurity=False)
    return hashes


def _judge(work: Work, file: StagedFile, hashes: "dict[str, hashlib._Hash]") -> bool:
    """Compares with what is published; the first time that it differs the file is fetched again."""
    found = {name: one.hexdigest() for name, one in hashes.items()}
    with work.lock:
        if all(found[name] == expected.lower() for name, expected in file.planned.hashes.items()):
            _cut(file)
            file.digest = found["sha256"]
            work.lock.notify_all()
            return True
        file.wrong += 1
        if file.wrong > 1:
            raise BadModel(
                tr("What arrived as “{name}” is not what its publisher describes.").format(name=file.planned.name),
                tr("It was fetched twice and nothing was installed. Try again later, or tell the publisher."),
            )
        work.start_over(file, tr("“{name}” arrived damaged and is fetched again.").format(name=file.planned.name))
        return False


def _cut(file: StagedFile) -> None:
    """Makes the file exactly as long as it is to be: an older generation of it may have been longer."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    with file.path.open("ab"):
        pass
    if file.path.stat().st_size != file.size:
        os.truncate(file.path, file.size or 0)
