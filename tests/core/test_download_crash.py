"""Downloads whose process is killed, meets another one, or whose disk gives out: real processes, real full disks."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import paths
from app.checkpoints import staging, store
from app.checkpoints.download import MOST_LOST
from app.checkpoints.staging import BLOCK
from app.errors import AppError
from tests import downloading
from tests.downloading import Watch, check_installed, child, fetch, lines, not_installed, parts, plan_for
from tests.servers.misbehaving import MisbehavingServer

KILLS = 20
MODEL = "model.safetensors"
LARGE = {MODEL: downloading.weights(96 * BLOCK + 4321), "config.json": b"[7]" * 900_000, "sub/vocab.json": b"{}"}
SMALL = {MODEL: downloading.weights(), "config.json": b"[7]" * 9000, "sub/vocab.json": b"{}"}


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


def test_killed_twenty_times_it_ends_with_the_right_bytes_and_loses_little(server: MisbehavingServer) -> None:
    plan = plan_for(server, LARGE, connections=3)
    moments = random.Random(20)
    lost = []
    for _ in range(KILLS):
        before = server.total, staged(plan)
        server.hold(moments.randint(1, 8 * BLOCK))
        with child(plan) as process:
            server.until_held()
            process.send_signal(signal.SIGKILL)
            assert process.wait(30) == -signal.SIGKILL
        server.disconnect()
        assert not_installed(plan)
        lost.append(server.total - before[0] - (staged(plan) - before[1]))
    with child(plan) as process:
        assert lines(process)[-1]["end"] == "installed"
    check_installed(plan, LARGE)
    assert max(lost) <= MOST_LOST
    assert server.sent() == plan.size + sum(lost), "what the log of blocks counts is not fetched again"
    assert server.sent() <= plan.size + KILLS * MOST_LOST


def staged(plan: downloading.Plan) -> int:
    """The bytes of all blocks that the log counts."""
    part = staging.Part(staging.part_id(plan))
    sizes = [file.size for file in plan.files]
    blocks = {(line.file, line.block) for line in part.blocks()}
    return sum(min(BLOCK, sizes[file] - block * BLOCK) for file, block in blocks)


@pytest.mark.parametrize("repair", [False, True])
def test_killed_at_every_change_of_a_folder_nothing_half_is_ever_installed(
    server: MisbehavingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repair: bool
) -> None:
    """In a home of its own for each moment; `prune` and `tidy` are what the next start does first."""
    plan = plan_for(server, SMALL)
    for number in range(1, 100):
        monkeypatch.setenv("LESEPULT_HOME", str(tmp_path / f"home {number}"))
        if repair:
            fetch(plan).run()
            (paths.models_dir() / plan.folder / MODEL).write_bytes(b"what a virus scanner left")
        with child(plan, "die", str(number)) as process:
            process.wait(60)
            survived = process.returncode == 0
        staging.prune()
        store.tidy()
        model = store.by_name(plan.name)
        assert model is not None or not repair, "the repair lost what was there"
        if model is not None and not model.damaged:
            assert store.verify(plan.name) == ()
        fetch(plan).run()
        check_installed(plan, SMALL)
        assert list(paths.models_dir().rglob(".*")) == []
        shutil.rmtree(tmp_path / f"home {number}")
        if survived:
            break
    assert 10 < number < 99


def test_two_processes_fetch_the_same_model_once(server: MisbehavingServer) -> None:
    plan = plan_for(server, SMALL)
    server.hold(2 * BLOCK)
    with child(plan) as first:
        server.until_held()
        with child(plan) as second:
            notes = iter(lambda: json.loads(second.stdout.readline())["note"], None)
            assert any("is downloading this model" in note for note in notes)
            server.release()
            assert lines(first)[-1]["end"] == "installed"
            said = lines(second)
    assert said[-1]["end"] == "installed"
    assert server.sent() == plan.size
    check_installed(plan, SMALL)


def test_of_two_processes_one_goes_on_when_the_other_is_killed(server: MisbehavingServer) -> None:
    plan = plan_for(server, SMALL)
    server.hold(2 * BLOCK + 1000)
    with child(plan) as first:
        server.until_held()
        with child(plan) as second:
            assert second.stdout.readline()
            first.kill()
            first.wait(30)
            server.disconnect()
            assert lines(second)[-1]["end"] == "installed"
    assert server.sent() <= plan.size + MOST_LOST
    check_installed(plan, SMALL)


# ---- parts that nobody goes on with


def leave_parts(server: MisbehavingServer, plan: downloading.Plan) -> Path:
    """The folder of a download that was killed in the middle."""
    server.hold(2 * BLOCK + 1000)
    with child(plan):
        server.until_held()
        server.until(lambda: True)
    server.disconnect()
    ((part, _),) = staging.kept()
    return part.folder


def touch(folder: Path, when: datetime) -> None:
    for path in (folder, *folder.rglob("*")):
        # The journal's new version has another name until it is whole; a child that runs may rename it just now.
        with suppress(FileNotFoundError):
            os.utime(path, (when.timestamp(), when.timestamp()))


@pytest.mark.parametrize("years", [-1, 1, 50])
def test_a_clock_that_was_put_back_makes_no_orphans(server: MisbehavingServer, years: int) -> None:
    plan = plan_for(server, SMALL)
    folder = leave_parts(server, plan)
    real = datetime.now(UTC)
    touch(folder, real + timedelta(days=365 * max(years, 0)))
    assert staging.prune(real - timedelta(days=365) if years < 0 else real) == ()
    sent = server.sent()
    fetch(plan).run()
    check_installed(plan, SMALL)
    assert server.sent() - sent <= plan.size


def test_parts_that_nobody_went_on_with_for_a_month_are_pruned_and_told(server: MisbehavingServer) -> None:
    plan = plan_for(server, SMALL)
    folder = leave_parts(server, plan)
    now = datetime.now(UTC)
    assert staging.prune(now + timedelta(days=29)) == ()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    (pruned,) = staging.prune(now + timedelta(days=31))
    assert (pruned.name, pruned.size) == ("The hand", size)
    assert parts() == []
    fetch(plan).run()
    check_installed(plan, SMALL)


@pytest.mark.parametrize("journal", [None, b"", b"{", b"[1]", b"\0" * 500])
def test_parts_without_a_journal_that_makes_sense_are_pruned(server: MisbehavingServer, journal: bytes | None) -> None:
    plan = plan_for(server, SMALL)
    folder = leave_parts(server, plan)
    if journal is None:
        (folder / "journal.json").unlink()
    else:
        (folder / "journal.json").write_bytes(journal)
    assert [pruned.name for pruned in staging.prune()] == [folder.name]
    assert parts() == []


def test_parts_that_a_running_process_holds_are_never_pruned(server: MisbehavingServer) -> None:
    plan = plan_for(server, SMALL)
    server.hold(2 * BLOCK + 1000)
    with child(plan) as process:
        server.until_held()
        ((part, _),) = staging.kept()
        touch(part.folder, datetime.now(UTC) - timedelta(days=400))
        journal = (part.folder / "journal.json").read_bytes()
        (part.folder / "journal.json").unlink()
        assert staging.prune() == ()
        with pytest.raises(AppError, match="in use"):
            staging.discard(part.id)
        (part.folder / "journal.json").write_bytes(journal)
        touch(part.folder, datetime.now(UTC) - timedelta(days=400))
        assert staging.prune() == ()
        server.release()
        assert lines(process)[-1]["end"] == "installed"
    check_installed(plan, SMALL)


# ---- the disk


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Callable[[str], None]]:
    """A file system in memory at this folder; what it yields changes its options. Skips where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)

    def mount(*arguments: str) -> None:
        subprocess.run(["mount", *arguments, str(folder)], check=True, capture_output=True)

    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("needs mount")
    try:
        mount("-t", "tmpfs", "-o", options, "tmpfs")
    except subprocess.CalledProcessError:
        pytest.skip("may not mount a file system")
    try:
        yield lambda changed: mount("-o", f"remount,{changed}")
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_pauses_and_goes_on_when_there_is_room(server: MisbehavingServer, home: Path) -> None:
    plan = plan_for(server, SMALL)
    room = store.RESERVE + 2 * plan.size
    with mounted(home / "cache", f"size={room}"):
        filler = home / "cache" / "holiday.mp4"
        watch = Watch()

        def fill(download: downloading.Download) -> None:
            if download.done >= BLOCK and not filler.exists():
                with filler.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(home / "cache").free - BLOCK)
                server.release()

        watch.hook = fill
        server.hold(BLOCK + 1000)
        with pytest.raises(AppError, match="disk is full"):
            fetch(plan, watch).run()
        assert watch.states == ["running", "paused"]
        assert "disk is full" in watch.told[-1].message
        assert watch.told[-1].hint
        assert not_installed(plan)
        assert len(staging.kept()) == 1
        kept = staged(plan)
        assert kept >= BLOCK
        filler.unlink()
        again = Watch()
        fetch(plan, again).run()
        assert again.told[-1].transferred == plan.size - kept
        check_installed(plan, SMALL)


def test_too_little_room_is_refused_with_the_numbers_before_a_byte_is_fetched(
    server: MisbehavingServer, home: Path
) -> None:
    plan = plan_for(server, SMALL)
    with mounted(home / "cache", "size=64m"):
        watch = Watch()
        with pytest.raises(AppError, match=r"503 MB are needed and \d+(\.\d+)? MB are free"):
            fetch(plan, watch).run()
        assert watch.states == ["failed"]
        assert server.seen == []


def test_a_limit_on_the_size_of_files_pauses_and_goes_on_without_it(server: MisbehavingServer) -> None:
    plan = plan_for(server, SMALL)
    with child(plan, "fill", str(2 * BLOCK + 5000)) as process:
        said = lines(process)
    first, second = (entry for entry in said if "end" in entry)
    assert "disk is full" in first["message"]
    assert second["end"] == "installed"
    states = list(dict.fromkeys(entry["state"] for entry in said if "state" in entry))
    assert states == ["running", "paused", "verifying", "installed"]
    assert server.sent() <= plan.size + MOST_LOST
    check_installed(plan, SMALL)


def test_a_cache_that_cannot_be_written_is_named(server: MisbehavingServer, home: Path) -> None:
    plan = plan_for(server, SMALL)
    with mounted(home / "cache", "ro"):
        watch = Watch()
        with pytest.raises(AppError, match="cannot be written") as caught:
            fetch(plan, watch).run()
        assert str(home / "cache") in caught.value.message
        assert watch.states == ["failed"]
        assert server.seen == []
    fetch(plan).run()
    check_installed(plan, SMALL)


def test_a_cache_that_becomes_read_only_keeps_what_arrived(server: MisbehavingServer, home: Path) -> None:
    plan = plan_for(server, SMALL)
    with mounted(home / "cache", "size=600m") as remount:
        watch = Watch()
        server.hold(2 * BLOCK + 1000)
        with child(plan) as process:
            server.until_held()
            process.kill()
            process.wait(30)
        server.disconnect()
        remount("ro")
        with pytest.raises(AppError, match="cannot be written"):
            fetch(plan, watch).run()
        assert watch.states == ["failed"]
        remount("rw")
        fetch(plan).run()
        assert server.sent() <= plan.size + MOST_LOST
        check_installed(plan, SMALL)


@pytest.mark.parametrize("place", [paths.downloads_dir, paths.models_dir, paths.cache_dir])
def test_a_file_in_the_place_of_a_folder_is_named(server: MisbehavingServer, place: Callable[[], Path]) -> None:
    plan = plan_for(server, SMALL)
    place().parent.mkdir(parents=True, exist_ok=True)
    place().write_text("not a folder")
    watch = Watch()
    with pytest.raises(AppError, match="could not be written") as caught:
        fetch(plan, watch).run()
    assert str(place()) in caught.value.message
    assert watch.states[-1] == "failed"
    place().unlink()
    sent = server.sent()
    fetch(plan).run()
    check_installed(plan, SMALL)
    assert server.sent() - sent in {0, plan.size}, "what had arrived was not fetched again"
