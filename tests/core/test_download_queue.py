"""Several downloads in one program: their order, the four ways to end one, and what the next start makes of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app import settings
from app.checkpoints import sources, staging, store
from app.checkpoints.plan import Plan
from app.checkpoints.queue import Downloads
from app.checkpoints.staging import BLOCK
from app.checkpoints.state import Download
from app.errors import AppError, NotFound
from app.settings import Settings
from tests import downloading
from tests.downloading import QUICK, SIZE, check_installed, not_installed, opens, parts, plan_for
from tests.servers.faults import ServerError
from tests.servers.misbehaving import MisbehavingServer

FILES = {"model.safetensors": downloading.weights()}
HALF = 2 * BLOCK + 1000


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


class Desk:
    """A running program's downloads, and everything that they said."""

    def __init__(self) -> None:
        self.told: list[Download] = []
        self.backwards: list[tuple[int, int]] = []
        self._said = threading.Condition()
        self.downloads = Downloads(opens, self._on_change, QUICK)

    def _on_change(self, download: Download) -> None:
        with self._said:
            before = [one.done for one in self.told if one.id == download.id]
            if before and download.done < before[-1]:
                self.backwards.append((before[-1], download.done))
            self.told.append(download)
            self._said.notify_all()

    def until(self, identifier: str, met: Callable[[Download], bool]) -> None:
        """Waits until this download says something that meets the condition, from now on or at last."""
        with self._said:
            latest = next((one for one in reversed(self.told) if one.id == identifier), None)
            if latest is not None and met(latest):
                return
            begin = len(self.told)
            assert self._said.wait_for(
                lambda: any(met(one) for one in self.told[begin:] if one.id == identifier), timeout=30
            ), "it never said so"

    def until_state(self, identifier: str, state: str) -> None:
        self.until(identifier, lambda download: download.state == state)

    def states(self, identifier: str) -> list[str]:
        said = [one.state for one in self.told if one.id == identifier]
        return [now for before, now in zip(["", *said], said, strict=False) if now != before]

    @property
    def listed(self) -> dict[str, str]:
        return {download.id: download.state for download in self.downloads.all()}


@contextmanager
def running() -> Iterator[Desk]:
    desk = Desk()
    try:
        yield desk
    finally:
        desk.downloads.close()


def started(desk: Desk, server: MisbehavingServer, plan: Plan) -> str:
    """Its id, when half of the model has arrived and the server is silent."""
    server.hold(HALF)
    identifier = desk.downloads.add(plan)
    desk.until(identifier, lambda download: download.done == HALF)
    return identifier


def test_downloads_run_one_after_the_other_in_the_order_of_asking(server: MisbehavingServer) -> None:
    plans = [plan_for(server, FILES, name=name) for name in ("one", "two", "three")]
    with running() as desk:
        first = started(desk, server, plans[0])
        second, third = (desk.downloads.add(plan) for plan in plans[1:])
        assert desk.listed == {first: "running", second: "waiting", third: "waiting"}
        assert desk.downloads.add(plans[1]) == second, "asked for twice, it is there once"
        server.release()
        desk.until_state(third, "installed")
        installed = [one.id for one in desk.told if one.state == "installed"]
        assert installed == [first, second, third]
    for plan in plans:
        check_installed(plan, FILES)
    assert server.sent() == 3 * SIZE


def test_what_is_paused_lets_the_next_one_run_and_goes_on_when_it_is_told(server: MisbehavingServer) -> None:
    plans = [plan_for(server, FILES, name=name) for name in ("one", "two")]
    with running() as desk:
        first = started(desk, server, plans[0])
        second = desk.downloads.add(plans[1])
        desk.downloads.pause(first)
        desk.until_state(first, "paused")
        server.disconnect()
        desk.until_state(second, "installed")
        assert desk.listed == {first: "paused", second: "installed"}
        assert len(staging.kept()) == 1
        desk.downloads.resume(first)
        desk.until_state(first, "installed")
        assert desk.states(first) == ["waiting", "running", "paused", "waiting", "running", "verifying", "installed"]
        assert desk.backwards == [], "the progress ran backwards when it went on"
    check_installed(plans[0], FILES)
    assert server.sent() == 2 * SIZE + 1000


def test_resuming_at_once_is_not_lost(server: MisbehavingServer) -> None:
    """A person, or a program, may answer to “paused” in the moment in which it is told."""
    plan = plan_for(server, FILES)
    with running() as desk:
        identifier = started(desk, server, plan)
        tell = desk._on_change

        def resume_at_once(download: Download) -> None:
            tell(download)
            if download.state == "paused":
                desk.downloads.resume(identifier)

        desk.downloads._on_change = resume_at_once
        desk.downloads.pause(identifier)
        server.disconnect()
        desk.until_state(identifier, "installed")
    check_installed(plan, FILES)


@pytest.mark.parametrize(("how", "kept"), [("cancel", True), ("discard", False)])
def test_what_is_cancelled_or_discarded_leaves_the_list(server: MisbehavingServer, how: str, kept: bool) -> None:
    plan = plan_for(server, FILES)
    with running() as desk:
        identifier = started(desk, server, plan)
        getattr(desk.downloads, how)(identifier)
        server.disconnect()
        desk.until_state(identifier, "paused")
        second = desk.downloads.add(plan_for(server, FILES, name="next"))
        desk.until_state(second, "installed")
        assert desk.listed == {second: "installed"}
        assert bool(parts()) == kept
        sent = server.sent()
        desk.downloads.add(plan)
        desk.until_state(identifier, "installed")
        assert server.sent() - sent == (SIZE - 2 * BLOCK if kept else SIZE)
    check_installed(plan, FILES)


@pytest.mark.parametrize(("how", "listed"), [("pause", True), ("cancel", False), ("discard", False)])
def test_one_that_waits_can_be_ended_too(server: MisbehavingServer, how: str, listed: bool) -> None:
    plans = [plan_for(server, FILES, name=name) for name in ("one", "two", "three")]
    with running() as desk:
        started(desk, server, plans[0])
        second, third = (desk.downloads.add(plan) for plan in plans[1:])
        getattr(desk.downloads, how)(second)
        server.release()
        desk.until_state(third, "installed")
        assert (second in desk.listed) == listed
        assert not_installed(plans[1])
        assert server.gets("/two/model.safetensors") == []


def test_one_that_fails_does_not_keep_the_next_one_waiting(server: MisbehavingServer) -> None:
    plans = [plan_for(server, FILES, name=name) for name in ("one", "two")]
    server.always("/one/model.safetensors", ServerError(404))
    with running() as desk:
        first, second = (desk.downloads.add(plan) for plan in plans)
        desk.until_state(second, "installed")
        assert desk.listed == {first: "failed", second: "installed"}
        failed = desk.downloads.all()[0]
        assert "has no “model.safetensors”" in failed.message
        assert failed.hint


def test_after_a_failure_the_source_is_asked_again(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    old = plan_for(server, FILES)
    server.always("/hand/model.safetensors", ServerError(404))
    with running() as desk:
        identifier = desk.downloads.add(old)
        desk.until_state(identifier, "failed")
        new = plan_for(server, {"model.safetensors": downloading.weights(seed=2)})
        asked: list[tuple[str, str]] = []
        monkeypatch.setattr(sources, "plan", lambda *reference: asked.append(reference) or new)
        desk.downloads.resume(identifier)
        desk.until_state(identifier, "installed")
        assert asked == [(old.reference, old.base)]
    check_installed(new, {"model.safetensors": downloading.weights(seed=2)})


def test_asking_for_what_is_there_already_ends_at_once(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    with running() as desk:
        identifier = desk.downloads.add(plan)
        desk.until_state(identifier, "installed")
        for _ in range(50):
            desk.told.clear()
            desk.downloads.add(plan)
            desk.until_state(identifier, "installed")
            assert desk.states(identifier) == ["waiting", "installed"]
    assert server.sent() == SIZE


@pytest.mark.parametrize("how", ["pause", "cancel", "discard", "close"])
def test_an_end_that_comes_while_the_source_is_asked_counts(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    plan = plan_for(server, FILES)
    server.always("/hand/model.safetensors", ServerError(404))
    asked, answer = threading.Event(), threading.Event()

    def ask(*_reference: str) -> Plan:
        asked.set()
        assert answer.wait(60)
        return plan

    monkeypatch.setattr(sources, "plan", ask)
    with running() as desk:
        identifier = desk.downloads.add(plan)
        desk.until_state(identifier, "failed")
        server.always("/hand/model.safetensors", None)
        desk.downloads.resume(identifier)
        assert asked.wait(30)
        release = threading.Timer(0.05, answer.set)
        release.start()
        if how != "close":
            getattr(desk.downloads, how)(identifier)
            release.join()
            other = desk.downloads.add(plan_for(server, FILES, name="next"))
            desk.until_state(other, "installed")
            assert desk.listed.get(identifier) == ("paused" if how == "pause" else None)
        desk.downloads.close()
        release.join()
    assert not_installed(plan)
    assert server.sent("/hand/model.safetensors") == 0


def test_a_damaged_model_is_repaired(server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_for(server, {**FILES, "config.json": b"[1]" * 5000})
    monkeypatch.setattr(sources, "plan", lambda *_reference: plan)
    with running() as desk:
        desk.until_state(desk.downloads.add(plan), "installed")
        sent = server.sent()
        (store.by_name(plan.name).folder / "config.json").unlink()
        identifier = desk.downloads.repair(plan.name)
        desk.until(identifier, lambda download: download.state == "installed" and server.sent() > sent)
        with pytest.raises(NotFound):
            desk.downloads.repair("nobody")
        with pytest.raises(AppError, match="cannot be fetched again"):
            desk.downloads.repair(store.STARTER)
    check_installed(plan, {**FILES, "config.json": b"[1]" * 5000})
    assert server.sent() - sent == 15_000


# ---- the next start


def test_at_the_next_start_what_ran_and_what_waited_goes_on(server: MisbehavingServer) -> None:
    plans = [plan_for(server, FILES, name=name) for name in ("one", "two", "three", "four")]
    with running() as desk:
        first = started(desk, server, plans[0])
        second, third, fourth = (desk.downloads.add(plan) for plan in plans[1:])
        desk.downloads.pause(third)
        desk.downloads.cancel(fourth)
        desk.downloads.close()
    server.disconnect()
    assert all(not_installed(plan) for plan in plans)
    with running() as desk:
        desk.downloads.resume_all()
        desk.until_state(first, "installed")
        desk.until_state(second, "installed")
        assert desk.listed == {first: "installed", second: "installed", third: "paused"}
        assert desk.backwards == []
    assert server.sent() == 2 * SIZE + 1000


def test_at_the_next_start_what_was_told_to_go_on_while_it_waited_goes_on(server: MisbehavingServer) -> None:
    plans = [plan_for(server, FILES, name=name) for name in ("one", "two")]
    with running() as desk:
        started(desk, server, plans[0])
        second = desk.downloads.add(plans[1])
        desk.downloads.pause(second)
        desk.downloads.resume(second)
        assert desk.listed[second] == "waiting"
        desk.downloads.close()
    server.disconnect()
    with running() as desk:
        desk.downloads.resume_all()
        desk.until_state(second, "installed")


@pytest.mark.parametrize("chosen", [Settings(resume_downloads=False), Settings(offline=True)])
def test_at_the_next_start_nothing_goes_on_where_that_is_switched_off(
    server: MisbehavingServer, chosen: Settings
) -> None:
    plan = plan_for(server, FILES)
    with running() as desk:
        identifier = started(desk, server, plan)
        desk.downloads.close()
    server.disconnect()
    sent = server.sent()
    settings.save(chosen)
    with running() as desk:
        desk.downloads.resume_all()
        assert desk.listed == {identifier: "paused"}
        (listed,) = desk.downloads.all()
        assert 2 * BLOCK <= listed.done <= listed.total == SIZE
    assert server.sent() == sent
    settings.save(Settings())
    with running() as desk:
        desk.downloads.resume_all()
        desk.until_state(identifier, "installed")
    check_installed(plan, FILES)


def test_closing_while_the_server_is_silent_ends_at_once_and_twice(server: MisbehavingServer) -> None:
    plan = plan_for(server, FILES)
    with running() as desk:
        identifier = started(desk, server, plan)
        desk.downloads.close()
        desk.downloads.close()
        assert desk.downloads._thread is not None
        assert not desk.downloads._thread.is_alive()
        assert desk.downloads.add(plan) == identifier, "what comes after the end is not begun"
    assert not_installed(plan)
