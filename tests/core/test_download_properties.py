"""Whatever crashes, changes or is pruned in between: what is called installed has exactly the right bytes."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app import paths
from app.checkpoints import staging, store
from app.checkpoints.download import Stopped
from app.checkpoints.plan import Plan
from app.checkpoints.staging import BLOCK
from app.checkpoints.state import Download
from app.errors import AppError
from tests import downloading
from tests.downloading import Watch, check_installed, fetch, parts, plan_for
from tests.servers.faults import DropAt, Fault, NoRanges, Raw, Refuse416, ServerError, WrongOffset
from tests.servers.misbehaving import MisbehavingServer

MODEL, SMALL = "model.safetensors", "config.json"
PATH = f"/hand/{MODEL}"
SIZE = 2 * BLOCK + 777
VERSIONS = [{MODEL: downloading.weights(SIZE, seed), SMALL: b"[%d]" % seed * 20_000} for seed in (1, 2)]
TOTAL = sum(map(len, VERSIONS[0].values()))

_at = st.integers(0, TOTAL)
_fault = st.one_of(
    st.builds(DropAt, st.integers(0, SIZE), st.booleans()),
    st.builds(WrongOffset, st.integers(-SIZE, SIZE)),
    st.builds(ServerError, st.sampled_from([404, 429, 500])),
    st.sampled_from([NoRanges(), Refuse416(), Raw()]),
)
_step = st.one_of(
    st.tuples(st.just("crash"), _at),
    st.tuples(st.sampled_from(["pause", "cancel", "close", "discard"]), _at),
    st.tuples(st.just("resume")),
    st.tuples(st.just("upstream"), st.integers(0, 1)),
    st.tuples(st.just("fault"), _fault),
    st.tuples(st.just("rot"), st.sampled_from([MODEL, SMALL, "blocks.jsonl", "journal.json"]), _at),
    st.tuples(st.just("cut"), st.sampled_from([MODEL, SMALL, "blocks.jsonl", "journal.json"]), _at),
    st.tuples(st.just("lose"), st.sampled_from([MODEL, SMALL, "blocks.jsonl", "journal.json"])),
    st.tuples(st.just("prune"), st.integers(-40, 40)),
    st.tuples(st.just("damage"), st.sampled_from([MODEL, SMALL]), _at),
    st.tuples(st.just("verify")),
    st.tuples(st.just("remove")),
    st.tuples(st.just("tidy")),
)


class Crash(BaseException):
    """The process ends here, for the parts it does: nothing is tidied up after it."""


class Desk:
    """A server whose files change, a model that is fetched from it, and what a person may rely on."""

    def __init__(self, server: MisbehavingServer, hashed: bool, validated: bool) -> None:
        self.server = server
        self.hashed = hashed
        self.validated = validated
        self.plan = self.publish(0)
        self.rotten = False
        """Whether somebody changed bytes of the installed model and nobody has verified it since."""

    def publish(self, version: int) -> Plan:
        etag = f'"{version}"' if self.validated else None
        return plan_for(self.server, VERSIONS[version], hashed=self.hashed, connections=2, etag=etag, modified=None)

    def run(self, hook: Callable[[Download], object] = lambda _download: None) -> None:
        job = fetch(self.plan, Watch(hook=hook))
        self.job = job
        with suppress(AppError, Stopped, Crash):
            job.run()

    def do(self, step: tuple) -> None:
        name, *values = step
        getattr(self, f"do_{name}", self.stop)(*values, **({"how": name} if not hasattr(self, f"do_{name}") else {}))

    def stop(self, at: int, how: str) -> None:
        self.run(lambda download: download.done >= at and getattr(self.job, how)())

    def do_crash(self, at: int) -> None:
        def crash(download: Download) -> None:
            if download.done >= at:
                raise Crash

        self.run(crash)

    def do_resume(self) -> None:
        self.run()

    def do_upstream(self, version: int) -> None:
        """The publisher changes the files, but not what it says of them: the plan stays."""
        self.publish(version)

    def do_fault(self, fault: Fault) -> None:
        self.server.script(PATH, fault)

    def do_rot(self, name: str, at: int) -> None:
        self.rot(self.part(name), at)

    def do_cut(self, name: str, at: int) -> None:
        with suppress(FileNotFoundError), self.part(name).open("r+b") as file:
            file.truncate(min(at, file.seek(0, 2)))

    def do_lose(self, name: str) -> None:
        self.part(name).unlink(missing_ok=True)

    def do_prune(self, days: int) -> None:
        staging.prune(datetime.now(UTC) + timedelta(days=days))

    def do_damage(self, name: str, at: int) -> None:
        self.rotten |= self.rot(paths.models_dir() / self.plan.folder / name, at)

    def do_verify(self) -> None:
        if store.by_name(self.plan.name):
            store.verify(self.plan.name)
            self.rotten = False

    def do_remove(self) -> None:
        if store.by_name(self.plan.name):
            store.remove(self.plan.name)

    def do_tidy(self) -> None:
        store.tidy()

    def part(self, name: str) -> Path:
        part = staging.Part(staging.part_id(self.plan))
        return (part.files if name in VERSIONS[0] else part.folder) / name

    @staticmethod
    def rot(path: Path, at: int) -> bool:
        """Whether there was a byte that now is another one."""
        if not path.is_file() or path.stat().st_size <= at:
            return False
        with path.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 4]))
        return True

    def check(self) -> None:
        model = store.by_name(self.plan.name)
        if model is None:
            self.rotten = False
        elif not model.damaged and not self.rotten:
            there = {name: (model.folder / name).read_bytes() for name in VERSIONS[0]}
            for name, data in there.items():
                right = [version[name] for version in VERSIONS[: 1 if self.hashed else 2]]
                assert data in right, f"{name} is called whole and has other bytes than ever were published"
            assert {path.name for path in model.folder.iterdir()} == {MODEL, SMALL, "lesepult.json"}


@settings(max_examples=50)
@given(hashed=st.booleans(), validated=st.booleans(), steps=st.lists(_step, min_size=1, max_size=8))
@example(hashed=False, validated=True, steps=[("crash", BLOCK + 9), ("upstream", 1), ("rot", MODEL, 5), ("resume",)])
@example(
    hashed=True, validated=True, steps=[("crash", TOTAL), ("rot", MODEL, BLOCK), ("lose", "journal.json"), ("resume",)]
)
@example(hashed=False, validated=False, steps=[("crash", 2 * BLOCK), ("upstream", 1), ("resume",)])
@example(
    hashed=True, validated=True, steps=[("resume",), ("damage", MODEL, 5), ("verify",), ("crash", BLOCK), ("resume",)]
)
def test_whatever_is_called_installed_has_the_right_bytes(
    tmp_path_factory: pytest.TempPathFactory, hashed: bool, validated: bool, steps: list[tuple]
) -> None:
    with pytest.MonkeyPatch.context() as patch, MisbehavingServer() as server:
        patch.setenv("LESEPULT_HOME", str(tmp_path_factory.mktemp("home")))
        desk = Desk(server, hashed, validated)
        for step in steps:
            desk.do(step)
            desk.check()
        server.forgive(PATH)
        desk.publish(0)
        staging.prune()
        store.tidy()
        desk.do_verify()
        desk.run()
        desk.check()
        model = store.by_name(desk.plan.name)
        assert model is not None, "with a server that is well again it arrives"
        assert model.damaged == ()
        assert parts() == []
        if hashed:
            check_installed(desk.plan, VERSIONS[0])
