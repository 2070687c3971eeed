"""Downloads when the server is well: what arrives, what is told of it, and the four ways to end one."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app import paths
from app.checkpoints import staging, store, work
from app.checkpoints.download import MOST_LOST, Fetch, Stopped
from app.checkpoints.meter import Limit
from app.checkpoints.plan import Plan, PlannedFile
from app.checkpoints.staging import BLOCK
from app.checkpoints.state import Download
from app.errors import AppError, BadModel
from tests import downloading
from tests.downloading import SIZE, Watch, check_installed, child, fetch, lines, not_installed, parts, plan_for
from tests.servers.faults import Chunked, Slow
from tests.servers.misbehaving import MisbehavingServer

FOLDER = {
    "model.safetensors": downloading.weights(),
    "config.json": b"{}" * 40_000,
    "sub/vocab.json": b'{"a": 1}',
    "empty.txt": b"",
}


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


def wanted(plan: Plan) -> str:
    journal = staging.Part(staging.part_id(plan)).journal()
    assert journal is not None
    return journal.wanted


def test_a_model_arrives_whole_and_once(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER, connections=4)
    watch = Watch()
    record = fetch(plan, watch).run()
    check_installed(plan, FOLDER)
    assert watch.states == ["running", "verifying", "installed"]
    assert [step for step in dict.fromkeys(now.step for now in watch.told) if step] == [
        "downloading",
        "verifying",
        "opening",
    ]
    assert server.sent() == plan.size == watch.told[-1].done == watch.told[-1].total == record.size
    assert watch.told[-1].transferred == plan.size
    assert [len(server.gets(f"/hand/{name}")) for name in FOLDER] == [1, 1, 1, 0]
    assert (record.origin, record.opened_with, record.weights) == ("downloaded", "kraken for tests", plan.weights)
    assert all(file.published for file in record.files)
    assert store.verify(plan.name) == ()


def test_nothing_is_written_beside_store_and_staging(
    server: MisbehavingServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(server, FOLDER, connections=4)
    elsewhere = tmp_path / "temp"
    elsewhere.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(elsewhere))
    server.hold(2 * BLOCK)
    with child(plan) as process:
        server.until_held()
        assert list(elsewhere.iterdir()) == []
        server.release()
        assert lines(process)[-1]["end"] == "installed"
    assert list(elsewhere.iterdir()) == []
    written = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    own = {"config/plan.json", "cache/tmp/downloads/locks/kraken--hand.lock"}
    assert written - own == {f"cache/models/kraken/hand/{name}" for name in (*FOLDER, "lesepult.json")}


def test_what_is_installed_and_whole_is_not_fetched_again(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    first = fetch(plan).run()
    sent = server.sent()
    watch = Watch()
    assert fetch(plan, watch).run() == first
    assert watch.states == ["installed"]
    assert server.sent() == sent
    check_installed(plan, FOLDER)


def test_where_the_publisher_says_nothing_what_arrived_is_recorded(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER, hashed=False, sized=False, etag=None, modified=None)
    for name in FOLDER:
        server.always(f"/hand/{name}", Chunked())
    watch = Watch()
    record = fetch(plan, watch).run()
    check_installed(plan, FOLDER)
    assert not any(file.published for file in record.files)
    assert server.sent() == sum(map(len, FOLDER.values()))
    assert store.verify(plan.name) == ()


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "git-sha1"])
def test_every_published_kind_of_hash_is_compared(server: MisbehavingServer, algorithm: str) -> None:
    data = FOLDER["model.safetensors"]
    content = b"blob %d\0" % len(data) + data if algorithm == "git-sha1" else data
    right = hashlib.new(algorithm.removeprefix("git-"), content).hexdigest()
    for digest in (right, right[::-1]):
        plan = plan_for(server, {"model.safetensors": data}, name=digest[:5])
        (file,) = plan.files
        plan = msgspec.structs.replace(plan, files=(msgspec.structs.replace(file, hashes={algorithm: digest}),))
        if digest == right:
            assert fetch(plan).run().files[0].published
            check_installed(plan, {"model.safetensors": data})
        else:
            with pytest.raises(BadModel, match="not what its publisher describes"):
                fetch(plan).run()
            assert not_installed(plan)


def end(server: MisbehavingServer, plan: Plan, how: str, after: int) -> Watch:
    """Ends a download when so many bytes have arrived, and the server is silent."""
    watch = Watch()
    job = fetch(plan, watch)
    watch.hook = lambda download: download.done == after and getattr(job, how)()
    server.hold(after)
    with pytest.raises(Stopped) as stopped:
        job.run()
    server.disconnect()
    assert stopped.value.how == how
    assert watch.states == ["running", "paused"]
    assert not_installed(plan)
    return watch


@pytest.mark.parametrize(("how", "journal"), [("pause", "pause"), ("cancel", "stop"), ("close", "run")])
def test_pausing_cancelling_and_closing_keep_what_arrived(server: MisbehavingServer, how: str, journal: str) -> None:
    plan = plan_for(server, FOLDER)
    end(server, plan, how, after=2 * BLOCK + 1000)
    assert wanted(plan) == journal
    assert parts() == [staging.part_id(plan)]
    watch = Watch()
    fetch(plan, watch).run()
    check_installed(plan, FOLDER)
    assert watch.told[-1].transferred == plan.size - 2 * BLOCK
    assert server.sent() == plan.size + 1000, "more than the begun block was fetched twice"


def test_discarding_deletes_what_arrived(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    end(server, plan, "discard", after=2 * BLOCK + 1000)
    assert parts() == []
    fetch(plan).run()
    check_installed(plan, FOLDER)


@pytest.mark.parametrize("how", ["pause", "cancel", "discard"])
def test_ending_does_not_wait_for_a_speed_limit(server: MisbehavingServer, how: str) -> None:
    plan = plan_for(server, FOLDER)
    watch = Watch()
    job = fetch(plan, watch, limit=Limit(10))  # a byte takes a tenth of a second, the model four days
    watch.hook = lambda download: download.done and getattr(job, how)()
    with pytest.raises(Stopped):
        job.run()
    assert not_installed(plan)
    assert bool(parts()) == (how != "discard")


def test_parts_are_discarded_later_by_their_id(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    end(server, plan, "cancel", after=BLOCK + 1000)
    ((part, journal),) = staging.kept()
    assert journal.plan == plan
    assert part.size() >= BLOCK
    assert staging.discard(part.id) >= BLOCK
    assert (parts(), staging.kept()) == ([], ())


def test_an_end_that_comes_before_the_start_counts(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    job = fetch(plan)
    job.pause()
    with pytest.raises(Stopped):
        job.run()
    assert server.sent() == 0
    assert wanted(plan) == "pause"


def test_a_slow_server_is_asked_on_several_connections_at_once(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SPLIT_SECONDS", 0.2)
    files = {"model.safetensors": downloading.weights(36 * BLOCK)}
    plan = plan_for(server, files, connections=3)
    server.always("/hand/model.safetensors", Slow(16 * BLOCK))
    fetch(plan).run()
    check_installed(plan, files)
    asked = server.gets("/hand/model.safetensors")
    assert len(asked) >= 3
    assert len({request.first for request in asked}) == len(asked), "two connections asked for the same bytes"
    assert server.sent() <= plan.size + MOST_LOST, "what is overtaken is cut off, and only its sockets' bytes are lost"


def test_a_model_that_lost_a_file_gets_only_that_one(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    record = fetch(plan).run()
    sent = server.sent()
    (paths.models_dir() / plan.folder / "config.json").unlink()
    assert store.by_name(plan.name).damaged == ("config.json",)
    again = fetch(plan).run()
    check_installed(plan, FOLDER)
    assert again.files == record.files
    assert server.sent() - sent == len(FOLDER["config.json"])


def test_a_model_with_a_changed_byte_is_found_and_gets_only_that_file(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    fetch(plan).run()
    sent = server.sent()
    file = paths.models_dir() / plan.folder / "config.json"
    file.write_bytes(b"[" + file.read_bytes()[1:])
    assert [problem.file for problem in store.verify(plan.name)] == ["config.json"]
    assert store.by_name(plan.name).damaged == ("config.json",)
    fetch(plan).run()
    check_installed(plan, FOLDER)
    assert server.sent() - sent == len(FOLDER["config.json"])


def test_a_byte_that_the_disk_changed_in_the_parts_costs_its_block(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    end(server, plan, "pause", after=3 * BLOCK + 1000)
    file = staging.Part(staging.part_id(plan)).files / "model.safetensors"
    with file.open("r+b") as changed:
        changed.seek(BLOCK + 77)
        byte = changed.read(1)
        changed.seek(BLOCK + 77)
        changed.write(bytes([byte[0] ^ 1]))
    fetch(plan).run()
    check_installed(plan, FOLDER)
    assert server.sent() == plan.size + BLOCK + 1000


def test_parts_of_another_version_are_not_mixed_in(server: MisbehavingServer) -> None:
    old = plan_for(server, FOLDER)
    end(server, old, "pause", after=2 * BLOCK + 1000)
    files = {**FOLDER, "model.safetensors": downloading.weights(seed=2)}
    new = plan_for(server, files, etag='"two"')
    assert new.folder == old.folder
    fetch(new).run()
    check_installed(new, files)


def test_parts_go_on_from_another_address_of_the_same_bytes(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    end(server, plan, "pause", after=2 * BLOCK + 1000)
    with MisbehavingServer() as mirror:
        other = plan_for(mirror, FOLDER, etag='"of the mirror"', modified=None)
        fetch(other).run()
        check_installed(other, FOLDER)
        assert mirror.sent() + server.sent() <= plan.size + BLOCK


def test_what_the_engine_cannot_open_is_not_installed(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)

    def refuse(*_: object) -> str:
        raise BadModel("The model “hand” is of no use.", "Choose another one.")

    watch = Watch()
    with pytest.raises(BadModel, match="of no use"):
        Fetch(plan, refuse, watch, downloading.QUICK).run()
    assert watch.states == ["running", "verifying", "failed"]
    assert (watch.told[-1].message, watch.told[-1].hint) == ("The model “hand” is of no use.", "Choose another one.")
    assert not_installed(plan)
    assert parts() == [], "a new try would meet the same bytes"
    fetch(plan).run()
    check_installed(plan, FOLDER)


def test_weights_that_could_run_code_are_never_opened(server: MisbehavingServer) -> None:
    plan = plan_for(server, {"model.safetensors": b"\x80\x04" + bytes(1000)})

    def opened(*_: object) -> str:
        raise AssertionError("it was opened")

    with pytest.raises(BadModel, match="could run foreign code"):
        Fetch(plan, opened, Watch(), downloading.QUICK).run()
    assert not_installed(plan)


@pytest.mark.parametrize("header_size", [120, 128, 640, 128 + 4 * 256])
def test_weights_are_taken_whatever_the_length_of_their_header(server: MisbehavingServer, header_size: int) -> None:
    """The length is what a file of safetensors begins with, and may look like the first byte of a pickle."""
    files = {"model.safetensors": downloading.weights(header_size=header_size)}
    plan = plan_for(server, files)
    fetch(plan).run()
    check_installed(plan, files)


@pytest.mark.parametrize("name", ["../evil.json", "/tmp/evil.json", "a/../../evil.json", "C:\\evil.json", "con.json"])
def test_a_plan_that_leaves_its_folder_is_not_even_begun(server: MisbehavingServer, home: Path, name: str) -> None:
    plan = plan_for(server, FOLDER)
    evil = PlannedFile(name=name, url=server.put("/evil", b"{}"), size=2)
    with pytest.raises(BadModel, match="not allowed"):
        fetch(msgspec.structs.replace(plan, files=(*plan.files, evil)))
    with pytest.raises(BadModel, match="not allowed"):
        fetch(msgspec.structs.replace(plan, folder=name))
    assert server.seen == []
    assert not list(home.parent.rglob("evil*"))


@pytest.mark.parametrize("name", ["lesepult.json", "Lesepult-Damaged.JSON"])
def test_a_plan_with_a_file_of_ours_is_not_even_begun(server: MisbehavingServer, name: str) -> None:
    plan = plan_for(server, {**FOLDER, name: b"{}"})
    with pytest.raises(BadModel, match="makes no sense"):
        fetch(plan)
    assert server.seen == []


def test_a_journal_that_was_tampered_with_leads_nowhere_else(server: MisbehavingServer, home: Path) -> None:
    plan = plan_for(server, FOLDER)
    end(server, plan, "pause", after=2 * BLOCK + 1000)
    journal = paths.downloads_dir() / staging.part_id(plan) / "journal.json"
    journal.write_bytes(journal.read_bytes().replace(b"sub/vocab.json", b"../../ab.json"))
    assert staging.kept() == ()
    fetch(plan).run()
    check_installed(plan, FOLDER)
    assert not list(home.rglob("ab.json"))


def test_offline_means_that_nobody_is_asked(server: MisbehavingServer) -> None:
    from app import settings

    plan = plan_for(server, FOLDER)
    settings.save(settings.Settings(offline=True))
    watch = Watch()
    with pytest.raises(AppError, match="work offline"):
        fetch(plan, watch).run()
    assert server.seen == []
    assert watch.states == ["failed"]


def test_a_large_download_says_in_the_log_where_it_is_staged(
    server: MisbehavingServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.checkpoints import download

    plan = plan_for(server, FOLDER)
    with caplog.at_level("INFO"):
        fetch(plan).run()
    assert "staging" not in caplog.text
    monkeypatch.setattr(download, "TOLD_FROM", SIZE)
    store.remove(plan.name)
    with caplog.at_level("INFO"):
        fetch(plan).run()
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("staging")]
    assert len(told) == 1
    assert str(paths.downloads_dir()) in told[0]


def test_the_progress_says_when_it_will_be_done(server: MisbehavingServer) -> None:
    plan = plan_for(server, FOLDER)
    server.hold(2 * BLOCK)
    seen: list[Download] = []

    def hook(download: Download) -> None:
        if download.done == 2 * BLOCK and download.speed > 0:
            seen.append(download)
            server.release()

    fetch(plan, Watch(hook=hook)).run()
    first = seen[0]
    assert first.left == pytest.approx((plan.size - 2 * BLOCK) / first.speed)
    assert first.total == plan.size


def test_nothing_more_than_was_stated_is_ever_lost() -> None:
    assert BLOCK < MOST_LOST < 16 * 1024 * 1024, "“a stated few megabytes”"
