"""Downloads from a server that misbehaves: the right bytes in the end, few of them twice, or a sentence about it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app import paths
from app.checkpoints import connection, store, work
from app.checkpoints.download import Stopped
from app.checkpoints.network import NetworkError
from app.checkpoints.plan import Plan
from app.checkpoints.staging import BLOCK
from app.errors import AppError, BadModel
from tests import downloading
from tests.downloading import QUICK, SIZE, Watch, check_installed, fetch, not_installed, parts, plan_for
from tests.servers.faults import (
    All,
    ChangeTo,
    Chunked,
    DropAt,
    Endless,
    Fault,
    Gzipped,
    Headers,
    Multipart,
    NoRanges,
    Raw,
    Redirect,
    Refuse416,
    ServerError,
    Slow,
    Stall,
    TooLong,
    Truncate,
    WrongByte,
    WrongOffset,
)
from tests.servers.misbehaving import MisbehavingServer

MODEL = "model.safetensors"
PATH = f"/hand/{MODEL}"
DATA = downloading.weights()
OTHER = downloading.weights(seed=2)
FILES = {MODEL: DATA}
CALM = ["running", "verifying", "installed"]
SOCKETS = 8 * BLOCK
"""What a broken or refused answer may have had on its way."""


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


def arrives(server: MisbehavingServer, plan: Plan, *faults: Fault | None, patience: work.Patience = QUICK) -> Watch:
    """The model arrives whole in one run in spite of these faults."""
    watch = Watch()
    server.script(PATH, *faults)
    fetch(plan, watch, patience).run()
    check_installed(plan, FILES)
    assert watch.states in (CALM, [*CALM[:2], *CALM]), "once, or once more because the bytes were wrong"
    return watch


def fails(
    server: MisbehavingServer, plan: Plan, error: type[AppError], match: str, patience: work.Patience = QUICK
) -> Watch:
    """The download fails with this sentence and says so; nothing is installed, and then it can be tried again."""
    watch = Watch()
    with pytest.raises(error, match=match) as caught:
        fetch(plan, watch, patience).run()
    assert (watch.states[0], watch.states[-1]) == ("running", "failed")
    assert set(watch.states) <= {"running", "verifying", "failed"}
    assert (watch.told[-1].message, watch.told[-1].hint) == (caught.value.message, caught.value.hint)
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    assert "Traceback" not in str(caught.value)
    assert not_installed(plan)
    return watch


# ---- the connection breaks


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("at", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 777, SIZE - 1])
def test_dropped_at_a_byte_it_goes_on_there(server: MisbehavingServer, at: int, reset: bool) -> None:
    plan = plan_for(server, FILES)
    arrives(server, plan, DropAt(at, reset=reset))
    _, second = server.gets(PATH)
    if not reset:  # what a reset throws away on its way is sent again
        assert server.sent() == SIZE
        assert (second.status, second.first) == (206, at)
    assert server.sent() <= SIZE + SOCKETS
    if second.first:
        assert second.headers["if-range"] == '"one"'


@settings(max_examples=25)
@given(drops=st.lists(st.integers(0, SIZE), max_size=6), reset=st.booleans())
def test_dropped_again_and_again(drops: list[int], reset: bool) -> None:
    with MisbehavingServer() as server:
        plan = plan_for(server, FILES)
        store.by_name(plan.name) and store.remove(plan.name)
        arrives(server, plan, *(DropAt(at, reset=reset) for at in drops), patience=replace(QUICK, tries=10))
        if not reset:
            assert server.sent() == SIZE


def test_a_connection_that_always_breaks_goes_on_as_long_as_bytes_come(server: MisbehavingServer) -> None:
    server_plan = plan_for(server, FILES)
    server.always(PATH, DropAt(200_000, reset=False))
    arrives(server, server_plan)
    assert len(server.gets(PATH)) == -(-SIZE // 200_000) > QUICK.tries
    assert server.sent() == SIZE


def test_a_connection_that_brings_nothing_is_given_up_and_the_parts_are_kept(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.script(PATH, DropAt(2 * BLOCK + 1000, reset=False))
    server.always(PATH, DropAt(0))
    watch = fails(server, plan, NetworkError, "could not be fetched")
    assert "Trying again in 1 s" in watch.notes
    assert len(server.gets(PATH)) == QUICK.tries
    server.always(PATH, None)
    again = arrives(server, plan)
    assert again.told[0].state == "running"
    assert again.told[-1].transferred == SIZE - 2 * BLOCK
    assert server.sent() == SIZE + 1000


@pytest.mark.parametrize("fault", [Raw(), Raw(b"HTTP/1.1 banana\r\n\r\n"), Raw(b"\0\xff\n" * 50)])
def test_no_answer_or_garbage_instead_of_one_is_tried_again(server: MisbehavingServer, fault: Fault) -> None:
    arrives(server, plan_for(server, FILES), fault, DropAt(BLOCK + 5, reset=False), fault)
    assert server.sent() == SIZE


def test_a_head_that_breaks_off_brings_nothing(server: MisbehavingServer) -> None:
    broken = Raw(b"HTTP/1.1 200 OK")
    arrives(server, plan_for(server, FILES), broken, DropAt(BLOCK + 5, reset=False), broken)
    assert server.sent() <= SIZE + BLOCK + 5


@pytest.mark.parametrize("at", [0, 2 * BLOCK + 5])
def test_a_stalled_connection_is_cut_and_begun_again(server: MisbehavingServer, at: int) -> None:
    watch = arrives(server, plan_for(server, FILES), Stall(at), patience=replace(QUICK, stall=0.4))
    assert "Trying again" in watch.notes
    assert server.sent() == SIZE
    assert server.gets(PATH)[1].first == at


def test_one_connection_of_several_that_stalls_is_begun_again(server: MisbehavingServer) -> None:
    files = {MODEL: DATA, "a.json": b"[]" * 90_000, "b.json": b"{}" * 90_000}
    plan = plan_for(server, files, connections=3)
    server.script("/hand/a.json", Stall(70_000))
    watch = Watch()
    fetch(plan, watch, replace(QUICK, stall=0.4)).run()
    check_installed(plan, files)
    assert server.sent() == plan.size


def test_nobody_waits_for_a_stalled_connection_to_pause(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.script(PATH, Stall(BLOCK + 5))
    watch = Watch()
    job = fetch(plan, watch)
    watch.hook = lambda download: download.done == BLOCK + 5 and job.pause()
    with pytest.raises(Stopped):
        job.run()
    server.release()
    arrives(server, plan)


@pytest.mark.parametrize("at", [0, 1, BLOCK, BLOCK + 5, SIZE - 1])
def test_truncated_with_the_full_length_announced_it_goes_on(server: MisbehavingServer, at: int) -> None:
    arrives(server, plan_for(server, FILES), Truncate(at, honest=False))
    assert server.sent() == SIZE


@pytest.mark.parametrize("hashed", [False, True])
def test_truncated_with_a_length_that_says_so_is_refused_with_both_sizes(
    server: MisbehavingServer, hashed: bool
) -> None:
    plan = plan_for(server, FILES, hashed=hashed)
    server.always(PATH, All(NoRanges(), Truncate(BLOCK + 5)))
    fails(server, plan, BadModel, f"“{MODEL}” has {BLOCK + 5} bytes on the server, but {SIZE} were announced")
    server.always(PATH, None)
    arrives(server, plan)


def test_a_part_that_ends_before_it_was_asked_to_is_gone_on_with(server: MisbehavingServer) -> None:
    arrives(server, plan_for(server, FILES), DropAt(BLOCK, reset=False), Truncate(1000), Truncate(BLOCK))
    assert [request.first for request in server.gets(PATH)] == [0, BLOCK, BLOCK + 1000, 2 * BLOCK + 1000]
    assert server.sent() == SIZE


# ---- ranges


@pytest.mark.parametrize("hashed", [False, True])
def test_a_server_without_ranges_starts_over(server: MisbehavingServer, hashed: bool) -> None:
    watch = arrives(
        server, plan_for(server, FILES, hashed=hashed), DropAt(BLOCK + 5, reset=False), NoRanges(), NoRanges()
    )
    assert "starts again" in watch.notes
    assert server.sent() <= 2 * SIZE + BLOCK + 5


def test_a_server_without_ranges_is_not_asked_for_parts(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES, connections=4)
    server.always(PATH, All(NoRanges(), Slow(4 * SIZE)))
    arrives(server, plan)
    assert len(server.gets(PATH)) == 1


def test_a_server_without_ranges_that_always_breaks_is_given_up(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, All(NoRanges(), DropAt(BLOCK + 5, reset=False)))
    fails(server, plan, AppError, MODEL)
    assert len(server.gets(PATH)) < 20


STRANGE_PARTS = {
    "later, and says so": WrongOffset(1000),
    "earlier, and says so": WrongOffset(-1000),
    "from the beginning, and says so": WrongOffset(-SIZE),
    "says nothing": Headers({"Content-Range": None}),
    "says garbage": Headers({"Content-Range": "bytes banana"}),
    "another unit": Headers({"Content-Range": f"lines 5-{SIZE - 1}/{SIZE}"}),
    "negative": Headers({"Content-Range": f"bytes -5-{SIZE - 1}/{SIZE}"}),
    "several parts": Multipart(),
    "compressed": Gzipped(),
}


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("fault", STRANGE_PARTS.values(), ids=STRANGE_PARTS)
def test_a_part_that_is_not_the_one_asked_for_never_counts(
    server: MisbehavingServer, fault: Fault, hashed: bool
) -> None:
    arrives(server, plan_for(server, FILES, hashed=hashed), DropAt(BLOCK + 5, reset=False), fault)
    assert server.sent() <= 2 * SIZE + SOCKETS


@pytest.mark.parametrize("by", [1, -1, 4096])
def test_a_part_that_lies_about_its_offset_is_caught_by_the_hash(server: MisbehavingServer, by: int) -> None:
    watch = arrives(server, plan_for(server, FILES), DropAt(BLOCK + 5, reset=False), WrongOffset(by, honest=False))
    assert "arrived damaged" in watch.notes
    assert server.sent() == 2 * SIZE


@pytest.mark.parametrize("size", [None, SIZE, BLOCK, 0])
@pytest.mark.parametrize("hashed", [False, True])
def test_told_that_there_is_nothing_more_it_believes_only_what_fits(
    server: MisbehavingServer, size: int | None, hashed: bool
) -> None:
    plan = plan_for(server, FILES, hashed=hashed)
    server.script(PATH, DropAt(BLOCK + 5, reset=False), Refuse416(size))
    if size in {None, SIZE}:
        arrives(server, plan)
    else:
        fails(server, plan, BadModel, f"has {size} bytes on the server, but {SIZE} were announced")
        arrives(server, plan)
    assert server.sent() <= 2 * SIZE + SOCKETS


def test_of_unknown_length_it_ends_where_the_server_says_so(server: MisbehavingServer) -> None:
    """The connection breaks exactly at the end of a body without a length: the rest is nothing, and 416 says so."""
    plan = plan_for(server, FILES, hashed=False, sized=False)
    unknown = Headers({"Content-Range": f"bytes 0-{SIZE - 1}/*"})
    watch = arrives(server, plan, All(unknown, Chunked(), DropAt(SIZE, reset=False)))
    assert [request.status for request in server.gets(PATH)] == [206, 416]
    assert server.sent() == SIZE
    assert watch.told[-1].total == SIZE


def test_of_unknown_length_a_broken_body_does_not_count_as_whole(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES, hashed=False, sized=False)
    once, then = (All(NoRanges(), Chunked(), DropAt(at, reset=False)) for at in (BLOCK + 5, 7))
    arrives(server, plan, once, then)
    assert server.sent() <= SIZE + SOCKETS


@pytest.mark.parametrize("tries", [1, QUICK.tries])
def test_nothing_goes_on_in_a_file_that_could_be_another_one(server: MisbehavingServer, tries: int) -> None:
    """No hash, no validator: nobody can say that the rest belongs to what arrived, in this run or in the next one."""
    plan = plan_for(server, FILES, hashed=False, etag=None, modified=None)
    server.script(PATH, DropAt(2 * BLOCK + 5, reset=False), ChangeTo(OTHER, None))
    with suppress(NetworkError):
        fetch(plan, patience=replace(QUICK, tries=tries)).run()
    fetch(plan).run()
    check_installed(plan, {MODEL: OTHER})


def test_blocks_of_an_older_version_never_count_for_the_newer_one(server: MisbehavingServer) -> None:
    """The file changed, then the newer one broke off before the older one's blocks on the disk were overwritten."""
    plan = plan_for(server, FILES, hashed=False, etag='"one"')
    server.script(PATH, DropAt(3 * BLOCK + 5, reset=False), ChangeTo(OTHER, '"two"'), DropAt(BLOCK + 5, reset=False))
    server.always(PATH, ServerError(404))
    with pytest.raises(NetworkError):
        fetch(plan).run()
    server.always(PATH, None)
    watch = Watch()
    fetch(plan, watch).run()
    check_installed(plan, {MODEL: OTHER})
    assert watch.told[-1].transferred == SIZE - BLOCK


def test_a_weak_validator_is_not_used_and_the_date_is(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES, hashed=False, etag='W/"one"')
    arrives(server, plan, DropAt(2 * BLOCK + 5, reset=False))
    assert "W/" not in server.gets(PATH)[1].headers["if-range"]
    assert server.sent() == SIZE


def test_a_changed_weak_validator_starts_over(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES, hashed=False, etag='W/"one"', modified=None)
    server.script(PATH, DropAt(2 * BLOCK + 5, reset=False), ChangeTo(OTHER, 'W/"two"'))
    fetch(plan).run()
    check_installed(plan, {MODEL: OTHER})


# ---- the file changes


@pytest.mark.parametrize("connections", [1, 4])
def test_a_file_that_changed_upstream_starts_over(server: MisbehavingServer, connections: int) -> None:
    plan = plan_for(server, FILES, hashed=False, connections=connections)
    server.script(PATH, DropAt(2 * BLOCK + 5, reset=False), ChangeTo(OTHER, '"two"'))
    watch = Watch()
    fetch(plan, watch).run()
    check_installed(plan, {MODEL: OTHER})
    assert "changed on the server" in watch.notes or "starts again" in watch.notes


def test_a_file_that_became_longer_starts_over(server: MisbehavingServer) -> None:
    longer = downloading.weights(SIZE + BLOCK, seed=3)
    plan = plan_for(server, FILES, hashed=False, sized=False)
    server.script(PATH, DropAt(2 * BLOCK + 5, reset=False), ChangeTo(longer, '"two"'))
    fetch(plan).run()
    check_installed(plan, {MODEL: longer})


def test_a_file_that_became_shorter_leaves_no_tail_of_the_older_one(server: MisbehavingServer) -> None:
    shorter = downloading.weights(BLOCK + 9, seed=3)
    plan = plan_for(server, FILES, hashed=False, sized=False)
    server.script(PATH, DropAt(3 * BLOCK + 5, reset=False), ChangeTo(shorter, '"two"'))
    fetch(plan).run()
    check_installed(plan, {MODEL: shorter})


def test_a_new_validator_for_the_same_bytes_costs_a_start_and_nothing_else(server: MisbehavingServer) -> None:
    arrives(server, plan_for(server, FILES), DropAt(BLOCK + 5, reset=False), ChangeTo(DATA, '"two"'))


def test_other_bytes_than_the_published_ones_are_fetched_twice_and_refused(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.script(PATH, DropAt(2 * BLOCK + 5, reset=False), ChangeTo(OTHER, '"two"'))
    fails(server, plan, BadModel, "not what its publisher describes")
    server.put(PATH, DATA)
    arrives(server, plan)


def test_a_file_that_is_overwritten_while_it_is_sent_is_fetched_again(server: MisbehavingServer) -> None:
    arrives(server, plan_for(server, FILES), ChangeTo(DATA, '"one"'), ChangeTo(DATA, '"one"'))
    plan = plan_for(server, FILES, name="again")
    server.script("/again/model.safetensors", ChangeTo(OTHER, '"one"', at=BLOCK), ChangeTo(DATA, '"one"'))
    fetch(plan).run()
    check_installed(plan, FILES)


def test_one_wrong_byte_is_noticed_and_the_file_is_fetched_again(server: MisbehavingServer) -> None:
    watch = arrives(server, plan_for(server, FILES), WrongByte(2 * BLOCK + 7))
    assert "arrived damaged and is fetched again" in watch.notes
    assert server.sent() == 2 * SIZE


def test_bytes_that_stay_wrong_are_refused(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, WrongByte(2 * BLOCK + 7))
    fails(server, plan, BadModel, f"“{MODEL}” is not what its publisher describes")
    assert server.sent() == 2 * SIZE
    server.always(PATH, None)
    fetch(plan).run()
    check_installed(plan, FILES)


# ---- the size


@pytest.mark.parametrize("hashed", [False, True])
def test_a_file_longer_than_announced_is_refused_with_both_sizes(server: MisbehavingServer, hashed: bool) -> None:
    plan = plan_for(server, FILES, hashed=hashed)
    server.always(PATH, All(NoRanges(), TooLong(100)))
    fails(server, plan, BadModel, f"has {SIZE + 100} bytes on the server, but {SIZE} were announced")
    assert server.sent() <= SIZE + 100


@pytest.mark.parametrize("hashed", [False, True])
def test_a_part_of_a_longer_file_is_refused_too(server: MisbehavingServer, hashed: bool) -> None:
    plan = plan_for(server, FILES, hashed=hashed)
    server.script(PATH, DropAt(BLOCK, reset=False))
    server.always(PATH, Headers({"Content-Range": f"bytes {BLOCK}-{SIZE - 1}/{SIZE + 100}"}))
    fails(server, plan, BadModel, f"has {SIZE + 100} bytes on the server, but {SIZE} were announced")


@pytest.mark.parametrize(
    "fault",
    [
        TooLong(2 * BLOCK),
        TooLong(2 * BLOCK, announced=False),
        All(NoRanges(), TooLong(2 * BLOCK, announced=False)),
        All(NoRanges(), Chunked()),
        All(NoRanges(), Headers({"Content-Length": None, "Connection": "close"})),
    ],
)
def test_what_comes_beyond_the_announced_size_is_cut_off(server: MisbehavingServer, fault: Fault) -> None:
    arrives(server, plan_for(server, FILES), fault)


def test_a_body_without_end_is_cut_off_at_the_announced_size(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, Endless())
    with pytest.raises(BadModel, match="not what its publisher describes"):
        fetch(plan).run()
    assert server.sent() <= 2 * (SIZE + SOCKETS)
    assert sum(path.stat().st_size for path in paths.downloads_dir().rglob(MODEL)) <= SIZE


def test_a_body_without_end_and_without_any_size_is_cut_off_too(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_UNANNOUNCED", 3 * BLOCK)
    plan = plan_for(server, FILES, hashed=False, sized=False)
    server.always(PATH, All(NoRanges(), Endless()))
    fails(server, plan, BadModel, f"sends “{MODEL}” without end")
    assert sum(path.stat().st_size for path in paths.downloads_dir().rglob(MODEL)) <= 3 * BLOCK


@pytest.mark.parametrize("length", ["abc", "-5", "1e9", "5, 6", "9" * 40, ""])
def test_a_length_that_makes_no_sense_is_no_length(server: MisbehavingServer, length: str) -> None:
    arrives(server, plan_for(server, FILES), Headers({"Content-Length": length, "Connection": "close"}))


@pytest.mark.parametrize("etag", ["", '"', "banana", "W/", "ü" * 500, "*"])
def test_validators_that_make_no_sense_are_none(server: MisbehavingServer, etag: str) -> None:
    fault = Headers({"ETag": etag, "Last-Modified": "yesterday"})
    arrives(server, plan_for(server, FILES), All(fault, DropAt(BLOCK + 5, reset=False)), fault)


def test_a_compressed_body_is_decoded_even_if_it_breaks(server: MisbehavingServer) -> None:
    arrives(server, plan_for(server, FILES), All(Gzipped(), DropAt(BLOCK, reset=False)), Gzipped())


# ---- elsewhere, later, never


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_also_in_the_middle(server: MisbehavingServer, status: int) -> None:
    plan = plan_for(server, FILES)
    with MisbehavingServer() as other:
        there = other.put("/elsewhere", DATA)
        server.always(PATH, Redirect(there, status))
        other.script("/elsewhere", DropAt(2 * BLOCK + 5, reset=False))
        arrives(server, plan)
        assert [request.first for request in other.gets("/elsewhere")] == [0, 2 * BLOCK + 5]
        assert other.sent() == SIZE


def test_a_redirect_within_the_server_is_followed(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.put("/b", DATA)
    server.always(PATH, Redirect("/b"))
    arrives(server, plan)


@pytest.mark.parametrize("to", [PATH, "http://", "ftp://127.0.0.1/x", "http://127.0.0.1:99999/", "file:///etc/passwd"])
def test_a_redirect_in_circles_or_to_nowhere_is_given_up(server: MisbehavingServer, to: str) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, Redirect(to))
    fails(server, plan, AppError, MODEL)
    server.always(PATH, None)
    arrives(server, plan)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["0", "1", "date"])
def test_a_server_that_asks_for_patience_gets_it(server: MisbehavingServer, status: int, wait: str) -> None:
    value = format_datetime(datetime.now(UTC), usegmt=True) if wait == "date" else wait
    plan = plan_for(server, FILES, connections=2)
    server.script(PATH, ServerError(status, value))
    watch = arrives(server, plan, DropAt(BLOCK, reset=False), ServerError(status, value))
    assert server.sent() == SIZE
    if wait == "1":
        assert "asks for patience. Trying again in 1 s." in watch.notes


def test_the_wait_that_a_server_asks_for_is_kept_shown_and_can_be_ended(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, ServerError(429, "500"))
    watch = Watch()
    job = fetch(plan, watch)
    watch.hook = lambda download: "Trying again in 500 s" in download.note and job.pause()
    with pytest.raises(Stopped):
        job.run()
    assert len(server.gets(PATH)) == 1
    server.always(PATH, None)
    arrives(server, plan)


def test_an_absurd_wait_is_shortened(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, ServerError(503, "999999999"))
    watch = Watch()
    job = fetch(plan, watch)
    watch.hook = lambda download: download.note and job.pause()
    with pytest.raises(Stopped):
        job.run()
    seconds = int(re.search(r"in (\d+) s", watch.notes)[1])
    assert 0 < seconds <= 3600


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_is_ill_for_a_while_is_asked_again(server: MisbehavingServer, status: int) -> None:
    error = ServerError(status)
    watch = arrives(server, plan_for(server, FILES), error, error, DropAt(BLOCK + 5, reset=False), error)
    assert f"too busy just now (it says {status})" in watch.notes
    assert server.sent() == SIZE


def test_a_server_that_stays_ill_is_given_up(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    server.always(PATH, ServerError(500))
    fails(server, plan, NetworkError, "could not be fetched")
    assert len(server.gets(PATH)) == QUICK.tries
    server.always(PATH, None)
    arrives(server, plan)


def test_fewer_connections_are_used_when_the_server_wants_it(server: MisbehavingServer) -> None:
    files = {MODEL: DATA} | {f"{number}.json": b"[1]" * 40_000 for number in range(6)}
    plan = plan_for(server, files, connections=4)
    server.script("/hand/0.json", ServerError(429, "3000"))
    server.script("/hand/1.json", ServerError(429, "3000"))
    fetch(plan).run()  # within an hour, so by the connections that are left
    check_installed(plan, files)


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (404, "gone", "has no “model.safetensors”"),
        (410, "gone", "has no “model.safetensors”"),
        (401, "denied", "does not give “model.safetensors” to everybody"),
        (403, "denied", "does not give “model.safetensors” to everybody"),
    ],
)
def test_a_server_that_says_no_is_asked_once(server: MisbehavingServer, status: int, kind: str, sentence: str) -> None:
    plan = plan_for(server, FILES)
    server.script(PATH, DropAt(2 * BLOCK + 5, reset=False), ServerError(status))
    watch = Watch()
    with pytest.raises(NetworkError, match=re.escape(sentence)) as caught:
        fetch(plan, watch).run()
    assert caught.value.kind == kind
    assert watch.states == ["running", "failed"]
    assert len(server.gets(PATH)) == 2
    assert parts() == ["kraken--hand"], "what has arrived is kept"
    arrives(server, plan)
    assert server.sent() == SIZE + 5


@settings(max_examples=40)
@given(
    faults=st.lists(
        st.one_of(
            st.builds(DropAt, st.integers(0, SIZE), st.booleans()),
            st.builds(Truncate, st.integers(0, SIZE), st.just(False)),
            st.builds(WrongOffset, st.integers(-SIZE, SIZE)),
            st.builds(ServerError, st.sampled_from([429, 500, 503]), st.sampled_from(["", "0"])),
            st.builds(ChangeTo, st.just(DATA), st.sampled_from(['"two"', None])),
            st.sampled_from([NoRanges(), Refuse416(), Raw(), Multipart(), Gzipped(), Chunked(), TooLong(9, False)]),
            st.builds(WrongByte, st.integers(0, SIZE - 1)),
        ),
        max_size=6,
    ),
    connections=st.integers(1, 3),
)
@example(faults=[DropAt(BLOCK), Gzipped(), DropAt(BLOCK), NoRanges()], connections=1)
def test_any_sequence_of_faults_ends_with_the_right_bytes_or_a_sentence(faults: list[Fault], connections: int) -> None:
    with MisbehavingServer() as server:
        plan = plan_for(server, FILES, connections=connections)
        store.by_name(plan.name) and store.remove(plan.name)
        server.script(PATH, *faults)
        watch = Watch()
        with suppress(AppError):
            fetch(plan, watch, replace(QUICK, first=0.0, longest=0.0)).run()
        if watch.told[-1].state == "failed":
            assert watch.told[-1].message
            assert watch.told[-1].hint
            assert not_installed(plan)
            server.forgive(PATH)
            fetch(plan).run()
        check_installed(plan, FILES)


def test_the_server_says_exactly_what_it_sent(server: MisbehavingServer) -> None:
    """The yardstick of these tests is right itself."""
    arrives(server, plan_for(server, FILES), DropAt(1000, reset=False), DropAt(5000, reset=False))
    asked = server.gets(PATH)
    assert [request.sent for request in asked] == [1000, 5000, SIZE - 6000]
    assert all(after.first == before.first + before.sent for before, after in pairwise(asked))
