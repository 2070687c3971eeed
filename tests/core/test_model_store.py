"""The store of models on a real disk: put in and taken out whole, whenever a process is killed, and damage is told."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import checkpoints, doctor, language, paths
from app.checkpoints import integrity, starter, store
from app.checkpoints.plan import About
from app.checkpoints.record import RECORD, Origin, Record, RecordedFile, encode
from app.errors import AppError, BadModel, NotFound
from tests.downloading import weights

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there is neither fork nor SIGKILL")
NAME, PLACE = "zenodo:10.5281/zenodo.1", "kraken/zenodo-1"
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir"}


def files_of(seed: int = 1) -> dict[str, bytes]:
    return {"hand.safetensors": weights(2_000_000 + seed, seed), "texts/README.md": b"What it reads.\n" * seed}


def stage(files: dict[str, bytes]) -> Path:
    folder = paths.downloads_dir() / "kraken--zenodo-1" / "files"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def record_of(files: dict[str, bytes], name: str = NAME, origin: Origin = "downloaded", **about: str) -> Record:
    return Record(
        name=name,
        reference=name,
        about=About(**{"title": "Hand", "engine": "kraken", "purpose": "recognition", **about}),  # type: ignore[arg-type]
        files=tuple(
            RecordedFile(name=file, size=len(content), sha256=hashlib.sha256(content).hexdigest(), published=True)
            for file, content in files.items()
        ),
        weights="" if about.get("engine") == "surya" else "hand.safetensors",
        origin=origin,
        installed="2026-11-23T10:00:00+00:00",
    )


def install(seed: int = 1, place: str = PLACE, **record: str) -> Record:
    files = files_of(seed)
    made = record_of(files, **record)  # type: ignore[arg-type]
    with store.lock(place):
        store.place(stage(files), place, made)
    return made


def install_trained(seed: int = 1) -> Record:
    """As a training will: beside what can be had again."""
    files = files_of(seed)
    folder = paths.data_dir() / "models" / "mine"
    folder.parent.mkdir(parents=True)
    stage(files).rename(folder)
    made = record_of(files, "trained:mine", "trained")
    (folder / RECORD).write_bytes(encode(made))
    return made


def flip(path: Path, at: int = 1000) -> None:
    """One other byte, of which neither size nor time tell."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def hidden() -> list[str]:
    return [path.name for path in paths.models_dir().rglob(".*")]


def names() -> list[str]:
    return [model.record.name for model in store.installed()]


def need(name: str = NAME) -> store.Installed:
    found = store.by_name(name)
    assert found is not None
    return found


def in_child(action: Callable[[], object], step: int | None = None) -> str | None:
    """What an action in a process of its own raised or returned; None when it was killed before its step-th change."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        seen = count()

        def watch(event: str, _args: object) -> None:
            if event in CHANGES and next(seen) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            said = str(action())
        except AppError as error:
            said = str(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return None if os.WIFSIGNALED(status) else said


# ---- putting in


def test_a_model_is_there_with_exactly_what_its_record_says() -> None:
    files = files_of()
    staged = stage(files)
    (staged / "stranger.safetensors").write_bytes(b"never planned")
    (staged / ".lesepult.json.1234.part").write_bytes(b"what a crash left")
    with store.lock(PLACE):
        folder = store.place(staged, PLACE, record_of(files))
    assert folder == paths.models_dir() / "kraken" / "zenodo-1"
    assert contents(folder) == files
    assert not staged.exists()
    model = need()
    assert (model.record, model.folder, model.damaged) == (record_of(files), folder, ())
    assert store.verify(NAME) == ()
    weights = hashlib.sha256(files["hand.safetensors"]).hexdigest()
    found = checkpoints.find(NAME)
    assert found == checkpoints.Checkpoint(NAME, "Hand", folder / "hand.safetensors", "kraken", weights)
    assert checkpoints.digest(found) == weights


def test_a_newer_one_takes_the_place_of_the_older_and_leaves_nothing_of_it() -> None:
    install(1)
    install(2)
    assert contents(need().folder) == files_of(2)
    assert hidden() == []


def test_a_place_that_another_model_has_is_not_taken() -> None:
    install(1)
    with pytest.raises(BadModel, match="taken by “Hand”"):
        install(2, name="zenodo:10.5281/zenodo.2")
    assert contents(need().folder) == files_of(1)


@pytest.mark.parametrize("name", [RECORD, integrity.NOTE])
def test_a_model_cannot_bring_the_store_s_own_files(name: str) -> None:
    files = files_of() | {name: b"{}"}
    with store.lock(PLACE), pytest.raises(BadModel, match="only Lesepult"):
        store.place(stage(files), PLACE, record_of(files))
    assert names() == ["starter"]


def test_a_file_that_vanishes_before_it_is_installed_leaves_the_old_model() -> None:
    install(1)
    staged = stage(files_of(2))
    (staged / "hand.safetensors").unlink()
    with store.lock(PLACE), pytest.raises(BadModel, match=r"“hand.safetensors” was taken away"):
        store.place(staged, PLACE, record_of(files_of(2)))
    assert contents(need().folder) == files_of(1)


@POSIX
def test_a_full_disk_leaves_the_old_model_and_the_parts() -> None:
    import resource

    install(1)
    staged = stage(files_of(2))

    def full() -> object:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        return store.place(staged, PLACE, record_of(files_of(2)))

    assert "disk is full" in (in_child(full) or "")
    assert contents(need().folder) == files_of(1)
    assert contents(staged) == files_of(2)
    assert hidden() == []


def test_a_rename_that_the_system_refuses_brings_the_old_model_back() -> None:
    """Another volume stands for whatever may refuse the second of the two renames."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == paths.cache_dir().parent.parent.stat().st_dev:
        pytest.skip("there is no second volume here")
    install(1)
    with tempfile.TemporaryDirectory(dir=memory) as elsewhere, store.lock(PLACE):
        staged = shutil.copytree(stage(files_of(2)), Path(elsewhere) / "files")
        with pytest.raises(AppError, match="zenodo-1” could not be written"):
            store.place(staged, PLACE, record_of(files_of(2)))
        assert contents(staged) == files_of(2)
    assert contents(need().folder) == files_of(1)
    assert hidden() == []


@POSIX
def test_a_store_that_cannot_be_written_is_told_and_loses_nothing() -> None:
    install(1)
    staged = stage(files_of(2))

    def refused() -> object:
        """As a user whom the permission bits bind; every folder on the way may be entered."""
        if os.geteuid() == 0:
            os.setegid(65534)
            os.seteuid(65534)
        return store.place(staged, PLACE, record_of(files_of(2)))

    opened = [parent for parent in staged.parents if not parent.stat().st_mode & 0o001]
    modes = {parent: parent.stat().st_mode for parent in opened}
    kraken = paths.models_dir() / "kraken"
    for parent in opened:
        parent.chmod(0o755)
    for path in (staged, staged.parent, *staged.rglob("*")):
        path.chmod(0o777)
    kraken.chmod(0o555)
    try:
        assert f"“{kraken / 'zenodo-1'}” cannot be written." in (in_child(refused) or "")
    finally:
        kraken.chmod(0o755)
        for parent, mode in modes.items():
            parent.chmod(mode)
    assert contents(need().folder) == files_of(1)
    assert set(contents(staged)) == set(files_of(2))


@POSIX
@pytest.mark.parametrize("older", [False, True])
def test_a_process_killed_at_any_step_leaves_the_old_model_or_the_new_one(older: bool) -> None:
    seen = set()
    for step in count():
        shutil.rmtree(paths.models_dir(), ignore_errors=True)
        old = install(1) if older else None
        staged, new = stage(files_of(2)), record_of(files_of(2))

        def place(staged: Path = staged, new: Record = new) -> Path:
            with store.lock(PLACE):
                return store.place(staged, PLACE, new)

        done = in_child(place, step) is not None
        before_tidying = store.by_name(NAME)
        store.tidy()
        model = store.by_name(NAME)
        assert hidden() == []
        assert model is not None or not older
        if model is not None:
            assert model.record in {old, new}
            assert store.verify(NAME) == ()
            assert contents(model.folder) == files_of(1 if model.record == old else 2)
        assert model is not None or contents(staged).items() >= files_of(2).items(), "the parts are there to try again"
        seen.add((before_tidying and before_tidying.record.files[0].size, model and model.record.files[0].size))
        if done:
            break
    sizes = {record.files[0].size for record in (record_of(files_of(1)), record_of(files_of(2)))}
    assert seen >= ({(size, size) for size in sizes} if older else {(None, None)})
    assert not older or (None, record_of(files_of(1)).files[0].size) in seen, "killed between the two renames, too"


@POSIX
def test_installing_again_ends_what_a_crash_left_half_done() -> None:
    for step in count():
        shutil.rmtree(paths.models_dir(), ignore_errors=True)
        install(1)
        staged = stage(files_of(2))

        def place(staged: Path = staged) -> Path:
            with store.lock(PLACE):
                return store.place(staged, PLACE, record_of(files_of(2)))

        done = in_child(place, step) is not None
        install(3)
        assert contents(need().folder) == files_of(3)
        assert hidden() == []
        if done:
            break
    assert step > 3


# ---- taking out


def test_removing_says_what_it_frees_and_frees_it() -> None:
    install()
    folder = need().folder
    (folder / "grown.txt").write_bytes(b"x" * 77)
    on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert store.remove(NAME) == on_disk
    assert not folder.exists()
    assert hidden() == []
    with pytest.raises(BadModel, match="There is no model"):
        checkpoints.find(NAME)
    with pytest.raises(NotFound, match=NAME):
        store.remove(NAME)


def test_what_comes_with_the_program_stays() -> None:
    with pytest.raises(AppError, match="comes with the program") as caught:
        store.remove("starter")
    assert caught.value.hint
    assert names() == ["starter"]


def test_a_trained_model_is_listed_checked_and_removed_like_the_others() -> None:
    record = install_trained()
    assert names() == ["starter", "trained:mine"]
    assert checkpoints.find("trained:mine").path.read_bytes() == files_of()["hand.safetensors"]
    assert store.verify("trained:mine") == ()
    assert store.remove("trained:mine") > record.size
    assert names() == ["starter"]


@POSIX
def test_a_process_killed_while_it_removes_leaves_all_or_nothing() -> None:
    outcomes = set()
    for step in count():
        shutil.rmtree(paths.models_dir(), ignore_errors=True)
        install()
        done = in_child(lambda: store.remove(NAME), step) is not None
        whole = store.by_name(NAME) is not None
        outcomes.add(whole)
        assert not whole or store.verify(NAME) == ()
        tidied = store.tidy()
        assert (store.by_name(NAME) is not None) is whole
        assert (tidied.restored, tidied.unknown) == ((), ())
        assert hidden() == []
        if done:
            break
    assert outcomes == {True, False}


@POSIX
def test_an_old_state_never_comes_back_after_its_successor_was_removed() -> None:
    for step in count():
        shutil.rmtree(paths.models_dir(), ignore_errors=True)
        install(1)
        staged = stage(files_of(2))

        def place(staged: Path = staged) -> Path:
            with store.lock(PLACE):
                return store.place(staged, PLACE, record_of(files_of(2)))

        done = in_child(place, step) is not None
        if store.by_name(NAME) is not None:
            store.remove(NAME)
            store.tidy()
            assert names() == ["starter"]
        if done:
            break


READER = """
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    whole = hashlib.sha256(file.read(1000))
    print("open", flush=True)
    sys.stdin.readline()
    whole.update(file.read())
print(whole.hexdigest())
"""


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another program, which has said its first word."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    env = dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[2]))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "open\n"
        yield running


@POSIX
def test_a_process_that_reads_a_model_goes_on_while_it_is_removed() -> None:
    record = install()
    with process(READER, checkpoints.find(NAME).path) as reader:
        assert store.remove(NAME) > record.size
        with pytest.raises(BadModel, match="There is no model"):
            checkpoints.find(NAME)
        said, _ = reader.communicate("go on\n", timeout=60)
    assert said.strip() == record.files[0].sha256


HOLDER = f"""
import sys
from app.checkpoints import store
with store.lock({PLACE!r}):
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_what_another_process_holds_is_left_alone_until_that_ends() -> None:
    install()
    os.rename(need().folder, need().folder.with_name(".old-zenodo-1"))  # noqa: PTH104
    with process(HOLDER) as holder:
        assert store.tidy().restored == ()
        assert hidden() == [".old-zenodo-1"]
        holder.kill()
    assert store.tidy().restored == (paths.models_dir() / PLACE,)
    with process(HOLDER) as holder:
        for act in (store.verify, store.remove):
            with pytest.raises(AppError, match="“Hand” is being downloaded, checked or changed just now"):
                act(NAME)
        holder.kill()
    assert store.verify(NAME) == ()


def test_the_same_program_cannot_come_between_either() -> None:
    install()
    with store.lock(PLACE), pytest.raises(AppError, match="just now"):
        store.remove(NAME)
    assert store.verify(NAME) == ()


def test_tidying_leaves_what_it_does_not_know_and_says_so() -> None:
    install()
    stranger = paths.models_dir() / "kraken" / "my own things"
    stranger.mkdir()
    (stranger / "notes.txt").write_text("mine")
    removed = paths.models_dir() / "kraken" / ".removed-0123abcd-gone"
    removed.mkdir()
    (removed / "weights").write_bytes(b"x" * 500)
    tidied = store.tidy()
    assert (tidied.freed, tidied.restored, tidied.unknown) == (500, (), (stranger,))
    assert (stranger / "notes.txt").read_text() == "mine"
    assert not removed.exists()
    assert names() == ["starter", NAME]


# ---- damage


def delete(path: Path) -> None:
    path.unlink()


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "kind", "sentence"),
    [
        (delete, "missing", "“hand.safetensors” is missing."),
        (replace_by_folder, "missing", "“hand.safetensors” is missing."),
        (truncate, "size", "“hand.safetensors” has another size than when it was installed."),
        (flip, "content", "“hand.safetensors” has other bytes than when it was installed."),
    ],
)
def test_damage_is_told_and_such_a_model_reads_nothing(harm: Callable[[Path], None], kind: str, sentence: str) -> None:
    install()
    harm(need().folder / "hand.safetensors")
    assert bool(need().damaged) is (kind != "content"), "a quick look reads no weights"
    problems = store.verify(NAME)
    assert problems == (store.Problem("hand.safetensors", kind),)  # type: ignore[arg-type]
    assert str(problems[0]) == sentence
    assert need().damaged == ("hand.safetensors",)
    with pytest.raises(BadModel, match="“Hand” is damaged") as caught:
        checkpoints.find(NAME)
    assert f"lesepult models install {NAME}" in caught.value.hint
    assert [reader.name for reader in checkpoints.readers()] == ["starter"]


@POSIX
def test_a_file_that_the_disk_does_not_give_back_is_told(tmp_path: Path) -> None:
    """`/proc/self/mem` stands for a bad sector: it is there, and reading it fails."""
    path = Path("/proc/self/mem")
    if not path.exists():
        pytest.skip("this system has no file that cannot be read")
    record = record_of({"hand.safetensors": b""})
    (tmp_path / "hand.safetensors").symlink_to(path)
    problems = integrity.inspect(tmp_path, record, lambda _done, _total: None, lambda: False)
    assert [str(problem) for problem in problems] == ["“hand.safetensors” cannot be read from the disk."]
    integrity.note(tmp_path, problems)
    assert integrity.damage(tmp_path, record) == ("hand.safetensors",)


def test_a_model_that_was_put_right_by_hand_is_whole_again_once_it_is_verified() -> None:
    install()
    path = need().folder / "hand.safetensors"
    flip(path)
    assert store.verify(NAME)
    flip(path)
    assert need().damaged, "nobody has read it yet"
    assert store.verify(NAME) == ()
    assert need().damaged == ()
    assert contents(need().folder) == files_of()


def test_a_file_that_a_virus_scanner_gave_back_needs_no_check() -> None:
    install()
    path = need().folder / "hand.safetensors"
    path.rename(path.with_suffix(".quarantine"))
    assert [problem.kind for problem in store.verify(NAME)] == ["missing"]
    path.with_suffix(".quarantine").rename(path)
    assert need().damaged == ()


def test_a_note_of_damage_that_cannot_be_read_counts_for_every_file() -> None:
    install()
    (need().folder / integrity.NOTE).write_bytes(b"\x00torn")
    assert need().damaged == tuple(files_of())
    assert store.verify(NAME) == ()
    assert need().damaged == ()


def test_replacing_a_damaged_model_makes_it_whole() -> None:
    install()
    flip(need().folder / "hand.safetensors")
    assert store.verify(NAME)
    install()
    assert need().damaged == ()
    assert contents(need().folder) == files_of()


def test_verifying_tells_how_far_it_is_and_can_be_cancelled() -> None:
    record = install()
    told: list[tuple[int, int]] = []
    store.verify(NAME, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (record.size, record.size)
    assert {total for _, total in told} == {record.size}
    flip(need().folder / "hand.safetensors")
    with pytest.raises(integrity.Cancelled):
        store.verify(NAME, cancelled=lambda: True)
    assert need().damaged == (), "what was not found is not noted"
    assert store.verify(NAME), "and the lock is free"


def test_a_folder_without_a_record_or_with_one_that_leaves_it_is_no_model() -> None:
    record = install()
    store_folder = paths.models_dir() / "kraken"
    shutil.copytree(need().folder, store_folder / "copied")
    for number, content in enumerate(
        [
            b"{torn",
            b"{}",
            encode(msgspec.structs.replace(record, name="x", weights="../secret")),
            encode(record_of({"../../../etc/passwd": b""}, name="y")),
            msgspec.json.encode(msgspec.to_builtins(record) | {"format": 2, "name": "z"}),
        ]
    ):
        folder = store_folder / f"bad-{number}"
        folder.mkdir()
        (folder / RECORD).write_bytes(content)
    (store_folder / "copied" / RECORD).unlink()
    assert names() == ["starter", NAME]


# ---- names, and the model that comes with the program


def test_models_are_listed_by_title_after_the_starter() -> None:
    for number, title in enumerate(["beta", "Alpha", "gamma"]):
        install(number + 1, f"kraken/m{number}", name=f"m{number}", title=title)
    install(4, "surya/text_recognition/2025_09_23", name="surya:text_recognition/2025_09_23", engine="surya")
    install(5, "kraken/lines", name="lines", purpose="segmentation", title="Lines")
    assert [model.record.about.title for model in store.installed()][1:] == ["Alpha", "beta", "gamma", "Hand", "Lines"]
    assert [reader.title for reader in checkpoints.readers()][1:] == ["Alpha", "beta", "gamma", "Hand"]
    with pytest.raises(BadModel, match="“Lines” cannot be chosen for reading") as caught:
        checkpoints.find("lines")
    assert "starter, m1, m0, m2, surya:text_recognition/2025_09_23" in caught.value.hint


def test_surya_reads_and_finds_lines_with_its_newest_whole_models() -> None:
    for check in (checkpoints.reader, checkpoints.finder):
        with pytest.raises(BadModel, match=r"no model for .* with surya yet"):
            check("surya")
    assert checkpoints.finders() == ("kraken",)
    assert (checkpoints.reader("kraken").name, checkpoints.finder("kraken")) == ("starter", "")
    for version, date in enumerate(("2025_09_23", "2025_02_18"), 1):
        name = f"text_recognition/{date}"
        install(version, f"surya/{name}", name=f"surya:{name}", engine="surya")
    install(3, "surya/text_detection/2025_05_07", name="surya:det", engine="surya", purpose="segmentation")
    reader = checkpoints.reader("surya")
    assert (reader.name, reader.engine) == ("surya:text_recognition/2025_09_23", "surya")
    assert checkpoints.finders() == ("kraken", "surya")
    folder = paths.models_dir() / "surya" / "text_detection" / "2025_05_07"
    assert Path(checkpoints.finder("surya")).is_relative_to(folder)
    next(path for path in folder.iterdir() if path.suffix == ".safetensors").unlink()
    assert checkpoints.finders() == ("kraken",)
    with pytest.raises(BadModel, match="is damaged"):
        checkpoints.finder("surya")


def test_a_model_file_is_found_by_its_path_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "own hand.mlmodel"
    file.write_bytes(b"weights")
    assert checkpoints.find(str(file)) == checkpoints.Checkpoint("own hand.mlmodel", "own hand", file.resolve())
    for name in ("nothing", str(tmp_path), "x" * 5000):
        with pytest.raises(BadModel, match="There is no model"):
            checkpoints.find(name)


@pytest.fixture
def resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the program's own folder, to be damaged."""
    copy = tmp_path / "resources"
    shutil.copytree(paths.resources_dir() / "starter", copy / "starter")
    monkeypatch.setattr(paths, "resources_dir", lambda: copy)
    return copy


def test_the_starter_model_is_whole_and_knows_what_its_card_says() -> None:
    card = json.loads((paths.resources_dir() / "starter" / "model.json").read_text(encoding="utf-8"))
    model = need("starter")
    assert model.damaged == ()
    assert (model.record.origin, model.record.size) == ("built in", card["size"])
    assert model.record.about.cer == card["cer_test"]
    assert model.record.about.languages == tuple(card["languages"])
    assert store.verify("starter") == ()


def test_a_damaged_starter_is_told_at_the_first_look(resources: Path) -> None:
    file = resources / "starter" / "starter.safetensors"
    flip(file)
    assert need("starter").damaged == (file.name,)
    with pytest.raises(BadModel, match="damaged") as caught:
        checkpoints.find("starter")
    assert caught.value.hint == "Install Lesepult again."


def test_a_starter_that_rots_while_the_program_runs_is_told_once_it_is_verified(resources: Path) -> None:
    file = resources / "starter" / "starter.safetensors"
    assert need("starter").damaged == ()
    flip(file)
    assert [problem.kind for problem in store.verify("starter")] == ["content"]
    assert need("starter").damaged == (file.name,)
    file.unlink()
    assert [problem.kind for problem in store.verify("starter")] == ["missing"]
    assert not (resources / "starter" / integrity.NOTE).exists(), "the program's folder is not written to"


def test_without_its_card_the_starter_is_missing_and_the_others_are_there(resources: Path) -> None:
    install()
    (resources / "starter" / "model.json").unlink()
    assert names() == [NAME]
    assert starter.record() is None
    with pytest.raises(BadModel, match="starter model is missing"):
        checkpoints.find(checkpoints.STARTER)
    assert checkpoints.find(NAME).title == "Hand"


def test_room_is_refused_with_the_numbers() -> None:
    free = shutil.disk_usage(Path.cwd().anchor).free
    folder = paths.models_dir() / "not" / "there" / "yet"
    store.check_space(0, folder)
    store.check_space(1000, folder)
    with pytest.raises(AppError, match=r"[0-9.]+ TB are needed and [0-9.]+ [GT]B are free") as caught:
        store.check_space(free + 10**15, folder)
    assert "500 MB of it stay free" in caught.value.hint


def test_the_doctor_lists_every_model_and_names_the_damaged_ones() -> None:
    install(1)
    install(2, "surya/text_detection/2025_05_07", name="surya:text_detection/2025_05_07", engine="surya", title="S")
    (need().folder / "hand.safetensors").unlink()
    report = doctor.examine()
    assert [(model.name, model.whole) for model in report.models] == [
        ("starter", True),
        (NAME, False),
        ("surya:text_detection/2025_05_07", True),
    ]
    assert len(report.problems) == 1
    assert report.problems[0].startswith("The model “Hand” is damaged. Repair it")


# ---- whatever happens


HARM = {"delete": delete, "truncate": truncate, "flip": flip}
ACTS = st.one_of(
    st.tuples(st.just("place"), st.integers(1, 3)),
    st.tuples(st.just("crash while placing"), st.integers(1, 3), st.integers(0, 9)),
    st.tuples(st.just("crash while removing"), st.integers(0, 6)),
    st.tuples(st.sampled_from([*HARM]), st.sampled_from([*files_of()])),
    st.tuples(st.sampled_from(["remove", "tidy", "verify"])),
)


def act(what: str, *arguments: object) -> None:
    there = store.by_name(NAME)
    if what == "place":
        install(*arguments)  # type: ignore[arg-type]
    elif what == "crash while placing":
        seed, step = arguments
        in_child(lambda: install(seed), step)  # type: ignore[arg-type]
    elif what == "crash while removing":
        if there:
            in_child(lambda: store.remove(NAME), *arguments)  # type: ignore[arg-type]
    elif what in HARM:
        path = there.folder / str(arguments[0]) if there else None
        if path and path.exists() and path.stat().st_size:
            HARM[what](path)
    elif what == "tidy":
        store.tidy()
    elif there:
        {"remove": store.remove, "verify": store.verify}[what](NAME)


@POSIX
@given(acts=st.lists(ACTS, max_size=9))
def test_what_is_called_installed_after_verifying_has_exactly_its_bytes(
    acts: list[tuple[object, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as home:
        monkeypatch.setenv("LESEPULT_HOME", home)
        for one in acts:
            act(*one)  # type: ignore[arg-type]
            if one[0] == "verify":
                check_whole()
        store.tidy()
        for model in store.installed():
            store.verify(model.record.name)
        check_whole()
        assert hidden() == []


def check_whole() -> None:
    for model in store.installed()[1:]:
        known = [files_of(seed) for seed in (1, 2, 3) if model.record.files == record_of(files_of(seed)).files]
        assert len(known) == 1, "the record is one that was installed"
        there = contents(model.folder)
        wrong = {name for name, content in known[0].items() if there.get(name) != content}
        assert set(model.damaged) == wrong


def test_what_is_said_of_the_starter_model_is_what_its_card_says_and_in_the_persons_language() -> None:
    card = json.loads((starter.folder() / "model.json").read_text())
    record = starter.record()
    assert record is not None
    assert record.about.summary == card["summary"]
    language.use_language("de")
    try:
        german = starter.record()
    finally:
        language.use_language("en")
    assert german is not None
    assert german.about.summary.startswith("Liest ")
