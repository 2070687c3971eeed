"""Folders and whole files, and that one module alone decides of them."""

import ast
import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths, settings
from app.errors import AppError
from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


def program(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A process of our own that runs a script to its end."""
    return subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ, **env),
    )


def entries(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_every_folder_lies_in_the_chosen_home(home: Path) -> None:
    for name, folder in paths.folders().items():
        assert folder.is_relative_to(home), name


def test_staging_and_store_lie_in_one_folder() -> None:
    assert paths.models_dir().parent == paths.downloads_dir().parent.parent == paths.jobs_dir().parent.parent


def test_a_job_leaves_nothing_behind() -> None:
    with paths.job_scratch() as scratch:
        (scratch / "letter.png").write_bytes(b"secret")
        assert scratch.stat().st_mode & 0o077 == 0
    assert not scratch.exists()


KILLED = "import os; from app import paths; s = paths.job_scratch(); (s.__enter__() / 'letter').touch(); os._exit(9)"
RUNNING = """
import sys
from app import paths
with paths.job_scratch() as scratch:
    (scratch / "letter").touch()
    print(scratch, flush=True)
    sys.stdin.read()
"""
BUSY = """
import sys
from app import paths
for n in range(60):
    with paths.job_scratch() as scratch:
        (scratch / "letter").touch()
        paths.sweep_jobs()
        assert (scratch / "letter").exists(), n
"""


def test_scratch_of_a_program_that_was_killed_is_removed_at_the_next_start() -> None:
    assert program(KILLED).returncode == 9
    assert len(list(paths.jobs_dir().rglob("letter"))) == 1
    with paths.job_scratch() as own:
        paths.sweep_jobs()
        assert own.is_dir()
        assert entries(paths.jobs_dir()) == {own.name, f"{own.name}.lock"}
    assert entries(paths.jobs_dir()) == set()


def test_whoever_has_the_number_of_a_killed_program_now_protects_nothing() -> None:
    for name in (f"{os.getpid()}-0123abcd", "12-0123abcd", "plain"):
        folder = paths.jobs_dir() / name
        folder.mkdir(parents=True)
        (folder / "letter").touch()
    for name in ("plain.lock", "alone.lock", ".lock"):
        (paths.jobs_dir() / name).touch()
    paths.sweep_jobs()
    assert entries(paths.jobs_dir()) == {".lock"}


def test_scratch_of_a_running_program_is_left_alone_until_it_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUNNING], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        scratch = Path(running.stdout.readline().strip())
        paths.sweep_jobs()
        assert (scratch / "letter").exists()
        running.kill()
        running.wait()
        paths.sweep_jobs()
        assert entries(paths.jobs_dir()) == set()


def test_programs_that_start_and_sweep_at_once_leave_each_other_alone() -> None:
    many = [
        subprocess.Popen([sys.executable, "-c", BUSY], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [each.communicate()[1] for each in many]
    assert [each.returncode for each in many] == [0] * 4, said
    assert entries(paths.jobs_dir()) == set()


def test_a_sweep_finds_nothing_where_there_is_nothing(home: Path) -> None:
    paths.sweep_jobs()
    assert not home.exists()


def test_a_child_writes_only_into_its_scratch() -> None:
    with paths.job_scratch() as scratch:
        env = paths.child_environment(scratch)
        for name in ("TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "HF_HOME", "TORCH_HOME", "MPLCONFIGDIR"):
            assert Path(env[name]).is_relative_to(scratch), name
        assert env["HF_HUB_OFFLINE"] == env["TRANSFORMERS_OFFLINE"] == "1"
        assert env["MODEL_CACHE_DIR"] == str(paths.models_dir() / "surya")


def test_a_device_chosen_for_surya_elsewhere_does_not_reach_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_DEVICE", "cuda")
    monkeypatch.setenv("LOGLEVEL", "debug")
    with paths.job_scratch() as scratch:
        env = paths.child_environment(scratch)
    assert "TORCH_DEVICE" not in env
    assert env["LOGLEVEL"].isupper()


# ---- where storage is


def test_storage_moves_what_can_be_had_again_and_the_variable_wins(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "_storage", None)
    paths.use_storage(tmp_path / "disk")
    assert paths.cache_dir() == home / "cache"
    monkeypatch.delenv("LESEPULT_HOME")
    for folder in (paths.models_dir(), paths.downloads_dir(), paths.jobs_dir()):
        assert folder.is_relative_to(tmp_path / "disk" / "lesepult")
    for folder in (paths.data_dir(), paths.config_dir(), paths.log_dir()):
        assert not folder.is_relative_to(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows finds a person's folders by no variable")
def test_the_program_starts_with_the_storage_that_was_chosen(tmp_path: Path) -> None:
    person = {
        "LESEPULT_HOME": "",
        "HOME": str(tmp_path),
        **{f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "CACHE", "DATA", "STATE")},
    }
    disk = tmp_path / "disk"
    old = disk / "lesepult" / "tmp" / "jobs" / "old"
    old.mkdir(parents=True)
    (disk / "tmp" / "jobs" / "own").mkdir(parents=True)
    save = f"from app import settings; settings.save(settings.Settings(storage={str(disk)!r}))"
    assert program(save, **person).returncode == 0
    start = """
import json, sys
from pathlib import Path
from app import paths
from app.__main__ import main
sys.argv[1:] = ["--help"]
main()
with paths.job_scratch() as scratch:
    env = paths.child_environment(scratch)
    print(json.dumps([str(paths.models_dir()), env["MODEL_CACHE_DIR"], env["TMPDIR"]]))
"""
    done = program(start, **person)
    assert done.returncode == 0, done.stderr
    for place in json.loads(done.stdout.splitlines()[-1]):
        assert Path(place).is_relative_to(disk / "lesepult"), place
    assert not old.exists()
    assert (disk / "tmp" / "jobs" / "own").is_dir()


def test_storage_that_can_be_used_is_no_problem() -> None:
    assert paths.storage_problem() is None
    assert paths.storage_problem() is None
    assert entries(paths.cache_dir()) == {"models", "tmp"}
    assert entries(paths.jobs_dir()) == set()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_a_lock_that_another_user_left_is_told() -> None:
    with paths.job_scratch():
        pass
    [lock] = (entry for entry in paths.jobs_dir().parent.iterdir() if entry.is_file())
    os.chown(lock, 12345, -1)
    problem = paths.storage_problem()
    assert problem is not None
    assert f"“{lock}” belongs to another user" in problem.message


@pytest.mark.parametrize("where", ["home", "home/cache", "home/cache/models", "home/cache/tmp"])
def test_storage_that_is_no_folder_is_told(tmp_path: Path, where: str) -> None:
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / where).write_text("a file")
    problem = paths.storage_problem()
    assert problem is not None
    assert "is no folder" in problem.message
    assert str(paths.cache_dir()) in problem.message
    assert "LESEPULT_HOME" in problem.hint
    assert (tmp_path / where).read_text() == "a file"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner by number")
@pytest.mark.parametrize("which", ["cache_dir", "models_dir", "downloads_dir", "jobs_dir"])
def test_storage_of_another_user_is_told_and_left_as_it_is(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Path = getattr(paths, which)()
    folder.mkdir(parents=True)
    own = os.geteuid()
    if own == 0:
        os.chown(folder, 12345, -1)
    else:  # nobody else can give a folder away, so this user becomes another one
        monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    before = folder.stat()
    problem = paths.storage_problem()
    assert problem is not None
    assert "belongs to another user" in problem.message
    assert str(folder if own == 0 else paths.cache_dir()) in problem.message
    assert "Storage" in problem.hint
    assert (folder.stat().st_uid, folder.stat().st_mode) == (before.st_uid, before.st_mode)
    assert list(folder.iterdir()) == []


UNPRIVILEGED = """
import os
from app import paths
if os.geteuid() == 0:
    os.setuid(65534)
problem = paths.storage_problem()
paths.sweep_jobs()
print(problem and problem.message)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permission bits")
def test_storage_that_cannot_be_written_is_told() -> None:
    with tempfile.TemporaryDirectory() as place:  # tmp_path is closed to the user that the child becomes
        Path(place).chmod(0o555)
        done = program(UNPRIVILEGED, LESEPULT_HOME=place)
        Path(place).chmod(0o755)
        assert "cannot be written: Permission denied." in done.stdout, done.stderr
        assert str(Path(place).resolve()) in done.stdout


# ---- everybody asks this module


def offences(source: str) -> Iterator[str]:
    """Where a module decides by itself where it writes: folders of the system, and temporary files without a folder."""
    tree = ast.parse(source)
    placed = {
        id(call.func)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and any(keyword.arg == "dir" for keyword in call.keywords)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(name.name.split(".")[0] == "platformdirs" for name in names):
                yield "platformdirs"
            case ast.ImportFrom(module="platformdirs" | "tempfile" as module):
                yield f"from {module}"
            case ast.Attribute(value=ast.Name(id="tempfile"), attr=name) if id(node) not in placed:
                yield f"tempfile.{name}"
            case ast.Constant(value="TMPDIR" | "TEMP" | "TMP" | "LESEPULT_HOME" | "XDG_CACHE_HOME" as name):
                yield name
            case ast.Name(id="QStandardPaths" | "QTemporaryDir" | "QTemporaryFile" as name):
                yield name


@pytest.mark.parametrize(
    "source",
    [
        "import platformdirs",
        "from platformdirs import user_cache_dir",
        "from tempfile import mkdtemp",
        "import tempfile; tempfile.mkdtemp()",
        "import tempfile; tempfile.NamedTemporaryFile(suffix='.png')",
        "import tempfile; tempfile.gettempdir()",
        "import os; os.environ['TMPDIR']",
        "from PySide6.QtCore import QTemporaryFile; QTemporaryFile()",
    ],
)
def test_the_rule_sees_what_breaks_it(source: str) -> None:
    assert list(offences(source))
    assert not list(offences("import tempfile; tempfile.TemporaryFile(dir=folder)"))


def test_no_other_module_decides_where_anything_is_written() -> None:
    modules = [path for top in ("app", "engines", "widgets") for path in (ROOT / top).rglob("*.py")]
    found = {
        str(path.relative_to(ROOT)): list(offences(path.read_text(encoding="utf-8")))
        for path in modules
        if path != Path(paths.__file__)
    }
    assert len(found) > 50
    assert {name: what for name, what in found.items() if what} == {}


# ---- whole files


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.txt"
    with paths.staged(target) as staging:
        staging.write_text("one")
    with pytest.raises(RuntimeError), paths.staged(target) as staging:
        staging.write_text("half")
        raise RuntimeError
    assert target.read_text() == "one"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with paths.staged(tmp_path / "export") as staging:
        staging.mkdir()
        (staging / "a.xml").write_text("a")
    assert (tmp_path / "export" / "a.xml").read_text() == "a"
    with pytest.raises(RuntimeError), paths.staged(tmp_path / "other") as staging:
        staging.mkdir()
        raise RuntimeError
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["export"]


def test_a_full_disk_is_told_and_nothing_stays(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with pytest.raises(AppError, match="disk is full") as caught, paths.staged(target) as staging:
        staging.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "file" in caught.value.message
    assert caught.value.hint
    assert not target.exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(AppError, match="could not be written"), paths.staged(tmp_path / "file" / "inside"):
        pass


def test_settings_are_kept_and_a_broken_file_counts_as_none() -> None:
    settings.save(Settings(language="de", device="cpu"))
    assert settings.load() == Settings(language="de", device="cpu")
    (paths.config_dir() / "settings.json").write_text('{"device": "toaster"}')
    assert settings.load() == Settings()
