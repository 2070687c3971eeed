"""Folders and whole files."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import paths, settings
from app.errors import AppError
from app.settings import Settings


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


def test_scratch_of_a_program_that_was_killed_is_removed_at_the_next_start() -> None:
    script = (
        "import os; from app import paths; s = paths.job_scratch(); (s.__enter__() / 'letter').touch(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    assert len(list(paths.jobs_dir().rglob("letter"))) == 1
    with paths.job_scratch() as own:
        paths.sweep_jobs()
        assert list(paths.jobs_dir().iterdir()) == [own]


def test_a_child_writes_only_into_its_scratch() -> None:
    with paths.job_scratch() as scratch:
        env = paths.child_environment(scratch)
        for name in ("TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "HF_HOME", "TORCH_HOME", "MPLCONFIGDIR"):
            assert Path(env[name]).is_relative_to(scratch), name
        assert env["HF_HUB_OFFLINE"] == env["TRANSFORMERS_OFFLINE"] == "1"


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
