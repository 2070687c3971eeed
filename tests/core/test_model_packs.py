"""Models by stick: packed, taken in, and refused; real files, and hostile archives built byte by byte.

Models are opened here by the safetensors library in this process; that the real opener, which starts a worker, tells
good models from bad ones is tested with the engines.
"""

import hashlib
import io
import json
import os
import shutil
import signal
import stat
import struct
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open

from app import checkpoints, paths
from app.checkpoints import integrity, packs, staging, store, weights
from app.checkpoints.plan import About, EngineName
from app.checkpoints.record import RECORD, Record, RecordedFile, encode
from app.errors import AppError, BadModel
from app.protocol import Purpose
from tests.downloading import weights as tensors

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork, or no links without rights")
NAME, PLACE = "zenodo:1", "kraken/zenodo-1"
READS = "surya:text_recognition/2025_09_23"
FINDS = "surya:text_detection/2025_05_07"
FILES = {"hand.safetensors": tensors(1_200_000, 1), "README.md": b"---\nlicense: MIT\n---\nWhat it reads.\n"}


def opener(path: Path, engine: EngineName, purpose: Purpose) -> str:
    """Opens every tensor's header; a model that finds lines is one with "lines" in its tensors' names."""
    file = path if engine == "kraken" else path / "model.safetensors"
    if weights.look(file) == "coreml":
        return "kraken for tests"
    try:
        with safe_open(file, "numpy") as opened:  # type: ignore[no-untyped-call]
            names = [name for name in opened.keys() if opened.get_slice(name).get_shape()]  # noqa: SIM118
    except SafetensorError as error:
        raise BadModel(str(error)) from error
    if engine == "kraken" and ("lines" in names) is (purpose == "recognition"):
        raise BadModel(f"no model for {purpose}")
    return f"{engine} for tests"


def never(path: Path, engine: EngineName, purpose: Purpose) -> str:
    raise AssertionError("nothing that is refused or known already is opened")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def record_of(files: dict[str, bytes], name: str = NAME, **changes: object) -> Record:
    record = Record(
        name=name,
        reference=name,
        about=About(title="Hand: 19th century", engine="kraken", purpose="recognition", licence="MIT"),
        files=tuple(
            RecordedFile(name=file, size=len(content), sha256=digest(content), published=True)
            for file, content in files.items()
        ),
        weights=next(iter(files), ""),
        origin="downloaded",
        installed="2026-11-23T10:00:00+00:00",
    )
    return msgspec.structs.replace(record, **changes)


def install(files: dict[str, bytes] = FILES, record: Record | None = None, place: str = PLACE) -> Record:
    folder = paths.downloads_dir() / "part" / "files"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    made = record or record_of(files)
    with store.lock(place):
        store.place(folder, place, made)
    shutil.rmtree(folder.parent)
    return made


def need(name: str = NAME) -> store.Installed:
    found = store.by_name(name)
    assert found is not None
    return found


def names() -> list[str]:
    return [model.record.name for model in store.installed()]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def nothing_staged() -> bool:
    return not [path for path in paths.downloads_dir().iterdir() if path.name != "locks"]


def refused(path: Path, match: str | None = None, **options: str) -> BadModel:
    """How an import of this was refused; it changed nothing."""
    before = names()
    with pytest.raises(BadModel, match=match) as caught:
        packs.import_model(path, never, **options)
    assert names() == before
    assert nothing_staged()
    assert caught.value.hint
    return caught.value


# ---- packing


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """The pack of a model that is not installed any more."""
    install()
    out = packs.pack(NAME, tmp_path)
    store.remove(NAME)
    return out


def test_a_pack_is_the_model_s_folder_with_its_record_first(tmp_path: Path) -> None:
    record = install()
    out = packs.pack(NAME, tmp_path)
    assert out == tmp_path / "Hand- 19th century.lesepult-model"
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{PLACE}/{name}" for name in (RECORD, *FILES)]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert msgspec.json.decode(archive.read(f"{PLACE}/{RECORD}"), type=Record) == record
        archive.extractall(tmp_path / "by hand")
    assert contents(tmp_path / "by hand" / PLACE) == FILES
    assert packs.pack(NAME, tmp_path / "again").read_bytes() == out.read_bytes()


def test_a_packed_model_is_the_same_on_another_computer(packed: Path) -> None:
    told: list[tuple[int, int]] = []
    record = packs.import_model(packed, opener, progress=lambda done, total: told.append((done, total)))
    assert record == need().record
    assert (record.name, record.reference, record.origin) == (NAME, NAME, "imported")
    assert record.opened_with == "kraken for tests"
    assert record.about == record_of(FILES).about
    assert not any(file.published for file in record.files), "nobody here has compared it with its publisher's hashes"
    assert need().folder == paths.models_dir() / PLACE
    assert contents(need().folder) == FILES
    assert store.verify(NAME) == ()
    assert checkpoints.find(NAME).path.name == "hand.safetensors"
    assert nothing_staged()
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (record.size, record.size)


@pytest.mark.parametrize("harm", ["flip", "longer", "shorter", "gone"])
def test_a_damaged_model_is_not_packed(tmp_path: Path, harm: str) -> None:
    install()
    out = tmp_path / "out.lesepult-model"
    older = write_pack(out).read_bytes()
    file = need().folder / "hand.safetensors"
    content = FILES["hand.safetensors"]
    changed = {"flip": content[:-1] + b"?", "longer": content + b"?", "shorter": content[:-1]}
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(changed[harm])
    with pytest.raises(BadModel, match="damaged, so it was not packed") as caught:
        packs.pack(NAME, out)
    assert f"lesepult models install {NAME}" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [out.name]
    assert out.read_bytes() == older


def test_only_a_pack_is_written_over(tmp_path: Path) -> None:
    install()
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"Dear mother")
    with pytest.raises(AppError, match=r"letter\.pdf” is there already"):
        packs.pack(NAME, letter)
    assert letter.read_bytes() == b"Dear mother"
    out = packs.pack(NAME, tmp_path / "hand")
    first = out.read_bytes()
    out.write_bytes(first[:-100])
    assert packs.pack(NAME, out).read_bytes() == first


@POSIX
def test_a_stick_that_is_full_is_told_and_keeps_what_it_had(tmp_path: Path) -> None:
    install()
    out = tmp_path / "stick" / "out.lesepult-model"
    out.parent.mkdir()
    said = in_child(lambda: packs.pack(NAME, out), limit=500_000)
    assert said is not None
    assert said.startswith(f"The disk is full: “{out}” could not be written.")
    assert list(out.parent.iterdir()) == []


def test_the_starter_model_can_be_packed_and_is_known_where_it_comes_back(tmp_path: Path) -> None:
    out = packs.pack("starter", tmp_path)
    assert packs.import_model(out, never).name == "starter"
    assert names() == ["starter"]


def test_the_starter_model_of_another_version_is_a_model_of_its_own(tmp_path: Path) -> None:
    record = record_of(FILES, "starter", origin="built in")
    imported = packs.import_model(write_pack(tmp_path / "p", record=record, place="kraken/starter"), opener)
    assert imported.name == f"file:hand-19th-century-{digest(FILES['hand.safetensors'])[:8]}"
    assert names() == ["starter", imported.name]
    assert need(imported.name).folder.name == imported.name.replace(":", "-")


# ---- files and folders


def test_a_file_of_weights_is_installed_under_a_name_that_its_bytes_give_it(shared: Path) -> None:
    source = shared / "models" / "catmus-print-fondue-tiny-2024-01-31.mlmodel"
    record = packs.import_model(source, opener)
    assert record.name == f"file:catmus-print-fondue-tiny-2024-01-31-{digest(source.read_bytes())[:8]}"
    assert (record.about.title, record.about.purpose) == (source.stem, "recognition")
    assert (record.origin, record.weights, record.opened_with) == ("imported", source.name, "kraken for tests")
    assert checkpoints.find(record.name).path.read_bytes() == source.read_bytes()
    assert store.verify(record.name) == ()
    assert nothing_staged()


def test_the_same_bytes_are_known_again_and_other_bytes_are_another_model(tmp_path: Path) -> None:
    file = tmp_path / "Schöne Hand.safetensors"
    file.write_bytes(tensors(50_000, 1))
    first = packs.import_model(file, opener)
    assert first.name.startswith("file:schone-hand-")
    copy = tmp_path / "otherwise.safetensors"
    shutil.copy(file, copy)
    assert packs.import_model(copy, never) == first
    file.write_bytes(tensors(50_000, 2))
    second = packs.import_model(file, opener)
    assert second.name != first.name
    assert names()[1:] == sorted([first.name, second.name], key=lambda name: (need(name).record.about.title, name))


def test_what_was_imported_and_is_damaged_becomes_whole_by_importing_it_again(tmp_path: Path, packed: Path) -> None:
    file = tmp_path / "hand.safetensors"
    file.write_bytes(tensors(50_000, 2))
    for source in (file, packed):
        record = packs.import_model(source, opener)
        weights_file = need(record.name).folder / record.weights
        weights_file.write_bytes(weights_file.read_bytes()[:-1] + b"?")
        assert store.verify(record.name)
        assert packs.import_model(source, opener).name == record.name
        assert store.verify(record.name) == ()
        assert need(record.name).damaged == ()


def test_a_trained_model_that_is_damaged_comes_back_from_its_pack_once_it_is_removed(tmp_path: Path) -> None:
    folder = paths.data_dir() / "models" / "mine"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / RECORD).write_bytes(encode(record_of(FILES, "trained:mine", origin="trained")))
    out = packs.pack("trained:mine", tmp_path)
    (folder / "hand.safetensors").unlink()
    assert "remove it and import it again" in need("trained:mine").remedy
    with pytest.raises(AppError, match="what is left of it is damaged") as caught:
        packs.import_model(out, never)
    assert "Remove it first" in caught.value.hint
    store.remove("trained:mine")
    assert packs.import_model(out, opener).origin == "imported"
    assert contents(need("trained:mine").folder) == FILES


def test_a_folder_of_kraken_s_brings_its_card(tmp_path: Path) -> None:
    folder = tmp_path / "German registers"
    folder.mkdir()
    card = (
        "---\nlicense: Apache-2.0\nlanguage: [deu]\nscript: [Latn]\nmodel_type: [recognition]\nmetrics:\n  cer: 3.9\n"
    )
    written = {
        "registers.mlmodel": b"",
        "registers.safetensors": tensors(60_000),
        "README.md": f"{card}---\n".encode(),
        "LICENSE": b"Apache",
        "photo.jpg": b"not wanted",
        "train.pkl": b"\x80never",
    }
    for name, content in written.items():
        (folder / name).write_bytes(content)
    record = packs.import_model(folder, opener)
    assert record.name == f"file:german-registers-{digest(written['registers.safetensors'])[:8]}"
    assert sorted(file.name for file in record.files) == ["LICENSE", "README.md", "registers.safetensors"]
    about = record.about
    assert (about.licence, about.languages, about.scripts, about.cer) == ("Apache-2.0", ("deu",), ("Latn",), 0.039)
    assert about.memory > 0


def test_a_model_that_finds_lines_is_recognised_as_one(tmp_path: Path) -> None:
    data = json.dumps({"lines": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}).encode()
    file = tmp_path / "unknown.safetensors"
    file.write_bytes(len(data).to_bytes(8, "little") + data + b"data")
    record = packs.import_model(file, opener)
    assert record.about.purpose == "segmentation"
    with pytest.raises(BadModel, match="cannot be chosen for reading"):
        checkpoints.find(record.name)


@pytest.mark.parametrize("size", [1_500_000, 4_000_000])
def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path, size: int) -> None:
    file = tmp_path / "hand.safetensors"
    file.write_bytes(tensors(3_000_000))

    def change(_done: int, _total: int) -> None:
        os.truncate(file, size)

    with pytest.raises(BadModel, match="other bytes than it should"):
        packs.import_model(file, never, progress=change)
    assert names() == ["starter"]
    assert nothing_staged()


def test_what_no_engine_can_open_is_not_installed(tmp_path: Path) -> None:
    file = tmp_path / "odd.safetensors"
    file.write_bytes(tensors(50_000))
    tried = []

    def refuse(path: Path, engine: EngineName, purpose: Purpose) -> str:
        tried.append((path.name, engine, purpose))
        raise BadModel(f"It cannot be used for {purpose}.", "Choose another.")

    with pytest.raises(BadModel, match="for recognition"):
        packs.import_model(file, refuse)
    assert tried == [(file.name, "kraken", "recognition"), (file.name, "kraken", "segmentation")]
    assert names() == ["starter"]
    assert nothing_staged()


def bad_files() -> dict[str, bytes]:
    whole = tensors(50_000)
    torch = io.BytesIO()
    with zipfile.ZipFile(torch, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02.")
    return {
        "cut.safetensors": whole[:-1],
        "longer.safetensors": whole + b"?",
        "empty.safetensors": b"",
        "page.safetensors": b"<html>log in",
        "torch.safetensors": torch.getvalue(),
        "torch.mlmodel": torch.getvalue(),
        "pickle.mlmodel": b"\x80\x04K\x01.",
        "model.pt": torch.getvalue(),
        "model.bin": whole,
        "notes.txt": b"nothing",
    }


@pytest.mark.parametrize("name", bad_files())
def test_what_is_no_model_or_could_run_code_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bad_files()[name])
    refused(tmp_path / name)
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.move(tmp_path / name, folder)
    refused(folder)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    refused(tmp_path / "gone.mlmodel", match="There is no file or folder")


@POSIX
def test_links_in_a_folder_are_not_followed(tmp_path: Path, shared: Path) -> None:
    secret = tmp_path / "secret.safetensors"
    secret.write_bytes(tensors(50_000))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "hand.safetensors").symlink_to(secret)
    refused(folder)
    surya = tmp_path / "2025_09_23"
    shutil.copytree(shared / "models" / READS.replace("surya:", "surya/"), surya, copy_function=shutil.copyfile)
    (surya / "vocab_math.json").unlink()
    (surya / "vocab_math.json").symlink_to(shared / "models" / READS.replace("surya:", "surya/") / "vocab_math.json")
    refused(surya, match=r"not complete.*vocab_math\.json")


@POSIX
def test_a_link_that_a_person_chose_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    """The hub's own cache keeps files under their hash, and links to them with the name."""
    (tmp_path / "0123abcd").write_bytes(FILES["hand.safetensors"])
    (tmp_path / "hand.safetensors").symlink_to("0123abcd")
    record = packs.import_model(tmp_path / "hand.safetensors", opener)
    assert record.about.title == "hand"
    assert contents(need(record.name).folder) == {"hand.safetensors": FILES["hand.safetensors"]}


def test_of_several_models_in_a_folder_none_is_chosen_for_the_person(tmp_path: Path) -> None:
    for seed, name in enumerate(("a.safetensors", "b.safetensors")):
        (tmp_path / name).write_bytes(tensors(60_000, seed))
    refused(tmp_path, match=r"several models.*a\.safetensors, b\.safetensors")


@pytest.mark.parametrize("name", [READS, "Anna's hand"])
def test_a_name_that_the_model_cannot_have_is_not_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / "hand.safetensors").write_bytes(FILES["hand.safetensors"])
    refused(tmp_path / "hand.safetensors", match="is not the model", name=name)


@POSIX
def test_a_file_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    refused(tmp_path)
    refused(tmp_path / "pipe.safetensors")


# ---- surya's folders


@pytest.fixture
def surya_folder(shared: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    folder = tmp_path / "2025_09_23"
    shutil.copytree(shared / "models" / READS.replace("surya:", "surya/"), folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    return folder


@pytest.mark.parametrize(("name", "purpose"), [(READS, "recognition"), (FINDS, "segmentation")])
def test_a_folder_of_surya_s_comes_to_where_surya_looks(shared: Path, name: str, purpose: str) -> None:
    source = shared / "models" / name.replace("surya:", "surya/")
    record = packs.import_model(source, opener)
    assert (record.name, record.weights, record.about.engine, record.about.purpose) == (name, "", "surya", purpose)
    folder = paths.models_dir() / name.replace("surya:", "surya/")
    assert need(name).folder == folder
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert listed == json.loads((source / "manifest.json").read_text())["files"]
    there = contents(folder)
    assert set(there) == {*listed, "manifest.json"}
    assert all(there[file] == (source / file).read_bytes() for file in listed)
    assert store.verify(name) == ()
    assert packs.import_model(source, never) == record, "the same bytes again"


def test_a_packed_folder_of_surya_s_is_the_same_on_another_computer(shared: Path, tmp_path: Path) -> None:
    first = packs.import_model(shared / "models" / READS.replace("surya:", "surya/"), opener)
    before = contents(need(READS).folder)
    out = packs.pack(READS, tmp_path)
    store.remove(READS)
    assert packs.import_model(out, opener).files == first.files
    assert contents(need(READS).folder) == before


def test_a_folder_of_surya_s_must_say_which_version_it_is(surya_folder: Path) -> None:
    odd = surya_folder.rename(surya_folder.with_name("from the stick"))
    refused(odd, match="not which version")
    refused(odd, match="no model of surya", name="surya:text_recognition/../../x")
    assert packs.import_model(odd, opener, READS).name == READS


@pytest.mark.parametrize("missing", ["model.safetensors", "vocab_math.json", "specials_dict.json", "lines.json"])
def test_a_folder_of_surya_s_that_lacks_a_file_is_refused(surya_folder: Path, missing: str) -> None:
    (surya_folder / missing).unlink()
    refused(surya_folder, match=missing)


def test_without_its_list_a_folder_of_surya_s_is_what_is_there(surya_folder: Path) -> None:
    (surya_folder / "manifest.json").write_text("{torn")
    refused(surya_folder, match=r"not complete.*manifest\.json")
    (surya_folder / "manifest.json").unlink()
    (surya_folder / "pytorch_model.bin").write_bytes(b"\x80never")
    record = packs.import_model(surya_folder, opener)
    assert "pytorch_model.bin" not in {file.name for file in record.files}
    assert {"config.json", "model.safetensors", "manifest.json"} <= {file.name for file in record.files}
    (surya_folder / "specials_dict.json").unlink()
    store.remove(READS)
    refused(surya_folder, match="specials_dict")


def test_a_list_that_leaves_its_folder_is_refused(surya_folder: Path) -> None:
    listed = json.loads((surya_folder / "manifest.json").read_text())["files"]
    for stranger in ("../secret.json", "/etc/passwd", "a\\b.json", "config.json/../../x.json", "CONFIG.json"):
        (surya_folder / "manifest.json").write_text(json.dumps({"files": [*listed, stranger]}))
        refused(surya_folder)


def test_other_bytes_do_not_replace_a_whole_model(surya_folder: Path, packed: Path, tmp_path: Path) -> None:
    packs.import_model(surya_folder, opener)
    whole = contents(need(READS).folder)
    config = surya_folder / "config.json"
    config.write_bytes(config.read_bytes() + b"\n")
    with pytest.raises(AppError, match="installed already, and what you import has other bytes") as caught:
        packs.import_model(surya_folder, never)
    assert "Remove" in caught.value.hint
    assert contents(need(READS).folder) == whole
    packs.import_model(packed, opener)
    other = {"hand.safetensors": tensors(80_000, 5)}
    with pytest.raises(AppError, match="other bytes"):
        packs.import_model(write_pack(tmp_path / "other", other), never)
    assert contents(need().folder) == FILES
    assert nothing_staged()


# ---- packs that somebody else made


def write_pack(
    path: Path,
    files: dict[str, bytes] = FILES,
    record: Record | bytes | None = None,
    place: str = PLACE,
    change: Callable[[zipfile.ZipInfo], None] = lambda entry: None,
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A pack like ours, except for what is said otherwise."""
    record = record_of(files) if record is None else record
    first = record if isinstance(record, bytes) else encode(record)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in {RECORD: first, **files}.items():
            entry = zipfile.ZipInfo(f"{place}/{name}")
            entry.compress_type = compression
            change(entry)
            archive.writestr(entry, content)
    return path


def test_a_pack_that_is_written_like_ours_is_taken(tmp_path: Path) -> None:
    """What the refusals below compare with."""
    assert packs.import_model(write_pack(tmp_path / "fine"), opener).name == NAME


def test_the_name_of_a_pack_says_nothing(packed: Path) -> None:
    assert packs.import_model(packed.rename(packed.with_name("Download (1).zip")), opener).name == NAME


WEIGHTS = "hand.safetensors"
BAD_RECORDS: dict[str, Record | bytes] = {
    "no JSON": b"{torn",
    "nested": b'{"x":' + b"[" * 100_000,
    "a newer format": record_of(FILES, format=2),
    "another size": record_of(FILES | {WEIGHTS: FILES[WEIGHTS] + b"?"}),
    "another content": record_of(FILES | {WEIGHTS: tensors(1_200_000, 9)}),
    "a file less": record_of({WEIGHTS: FILES[WEIGHTS]}),
    "a file more": record_of(FILES | {"more.txt": b""}),
    "the same file twice": msgspec.structs.replace(record_of(FILES), files=record_of(FILES).files * 2),
    "no file": record_of({}),
    "weights that are none": record_of(FILES, weights="README.md"),
    "weights that are elsewhere": record_of(FILES, weights="../other.safetensors"),
    "no weights": record_of(FILES, weights=""),
    "a hash that is none": msgspec.structs.replace(
        record_of(FILES), files=tuple(msgspec.structs.replace(f, sha256="") for f in record_of(FILES).files)
    ),
    "surya's engine": record_of(FILES, about=About(title="S", engine="surya", purpose="recognition")),
}


@pytest.mark.parametrize("what", BAD_RECORDS)
def test_a_pack_whose_record_does_not_fit_is_refused(tmp_path: Path, what: str) -> None:
    refused(write_pack(tmp_path / "pack", record=BAD_RECORDS[what]))


@pytest.mark.parametrize("name", ["", "own\x1b[2J", "own\n", "x" * 10_000])
def test_a_pack_cannot_bring_a_name_that_nobody_can_read(tmp_path: Path, name: str) -> None:
    refused(write_pack(tmp_path / "pack", record=record_of(FILES, name), place="kraken/own"))
    assert packs.import_model(write_pack(tmp_path / "pack", record=record_of(FILES, "own"), place="kraken/own"), opener)


BAD_NAMES = ["../x.txt", "/x.txt", "a/../../x.txt", "C:/x.txt", "..", "nul.txt", "x.txt.", "a\\b.txt"]


@pytest.mark.parametrize("name", [*BAD_NAMES, "x.pt", "x.py", "hand.safetensors/x.txt", "HAND.safetensors"])
def test_a_file_name_cannot_leave_the_folder_or_bring_what_could_run(tmp_path: Path, name: str) -> None:
    refused(write_pack(tmp_path / "pack", FILES | {name: b"x"}))
    assert not list(tmp_path.rglob("x.txt"))


@pytest.mark.parametrize(
    "place",
    ["", "..", "kraken", "kraken/..", "kraken/a/b", "kraken/.hidden", "surya/x", "other/x", "/kraken/x", "kraken/"],
)
def test_a_pack_cannot_choose_a_place_outside_the_store(tmp_path: Path, place: str) -> None:
    refused(write_pack(tmp_path / "pack", record=record_of(FILES, "own"), place=place))


def test_a_pack_cannot_take_another_model_s_place(tmp_path: Path) -> None:
    install(record=record_of(FILES, "Anna's hand"), place="kraken/hand")
    other = {WEIGHTS: tensors(70_000, 3)}
    pack = write_pack(tmp_path / "pack", other, record_of(other, "Berta's hand"), place="kraken/hand")
    with pytest.raises(BadModel, match="taken by"):
        packs.import_model(pack, opener)
    assert contents(need("Anna's hand").folder) == FILES
    assert nothing_staged()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("zenodo:2", PLACE),
        ("somebody's", PLACE),
        ("file:hand-01234567", "kraken/file-other-01234567"),
        ("hf:owner/hands/hand.safetensors@0123456789ab", "kraken/hf-owner-hands-hand-safetensors-00000000"),
        ("somebody's", "kraken/hf-owner-hands-hand-safetensors-00000000"),
        (READS, PLACE),
    ],
)
def test_a_pack_cannot_keep_a_place_from_the_model_that_can_be_fetched(tmp_path: Path, name: str, place: str) -> None:
    refused(write_pack(tmp_path / "pack", record=record_of(FILES, name), place=place), match="did not write it")


@pytest.mark.parametrize("place", ["surya/text_recognition/2025_09_23", "surya/text_detection/2025_05_07"])
def test_a_pack_for_surya_must_hold_what_surya_needs(tmp_path: Path, place: str) -> None:
    about = About(title="S", engine="surya", purpose="recognition" if "recog" in place else "segmentation")
    files = {"model.safetensors": tensors(60_000), "config.json": b"{}"}
    record = record_of(files, place.replace("surya/", "surya:"), about=about, weights="")
    refused(write_pack(tmp_path / "pack", files, record, place), match="lacks files")
    other = record_of(files, "surya:text_recognition/1", about=about, weights="")
    refused(write_pack(tmp_path / "pack", files, other, place))


@pytest.mark.parametrize("name", [FINDS, "surya:text_recognition/2025_09_24", "own"])
def test_a_pack_for_surya_has_the_name_of_its_place(surya_folder: Path, tmp_path: Path, name: str) -> None:
    record = packs.import_model(surya_folder, opener)
    files, place = contents(need(READS).folder), READS.replace(":", "/")
    store.remove(READS)
    refused(write_pack(tmp_path / "pack", files, msgspec.structs.replace(record, name=name), place))
    assert packs.import_model(write_pack(tmp_path / "pack", files, record, place), opener).name == READS


def link(entry: zipfile.ZipInfo) -> None:
    if entry.filename.endswith(".md"):
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def test_links_and_compressed_entries_are_refused(tmp_path: Path) -> None:
    refused(write_pack(tmp_path / "link", change=link))
    bomb = {WEIGHTS: FILES[WEIGHTS], "zeros.txt": bytes(50_000_000)}
    pack = write_pack(tmp_path / "bomb", bomb, compression=zipfile.ZIP_DEFLATED)
    assert pack.stat().st_size < 3_000_000
    refused(pack)
    refused(write_pack(tmp_path / "small", compression=zipfile.ZIP_DEFLATED))


def test_an_encrypted_pack_is_refused(packed: Path) -> None:
    content = bytearray(packed.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 1)
    packed.write_bytes(content)
    refused(packed, match="damaged, or Lesepult did not write it")


def test_an_entry_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {RECORD: encode(record_of(FILES)), **FILES}.items():
            archive.writestr(zipfile.ZipInfo(f"{PLACE}/{name}"), content)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(zipfile.ZipInfo(f"{PLACE}/{WEIGHTS}"), FILES[WEIGHTS])
    refused(path)


def central(name: bytes, size: int, offset: int = 0, crc: int = 0) -> bytes:
    """A line of an archive's list, for an entry that is stored."""
    return struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 33, crc, size, size, len(name), 0, 0, 0, 0, 0, offset
    ) + name  # fmt: skip


def local(name: bytes, content: bytes) -> bytes:
    """An entry that is stored."""
    size = len(content)
    return struct.pack(
        "<4s2B4HL2L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 33, zlib.crc32(content), size, size, len(name), 0
    ) + name + content  # fmt: skip


def archive_of(head: bytes, listed: bytes, number: int) -> bytes:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number & 0xFFFF, number & 0xFFFF, len(listed), len(head), 0)
    return head + listed + end


def test_a_million_entries_cost_neither_memory_nor_time(tmp_path: Path, packed: Path) -> None:
    head = packed.read_bytes()
    path = tmp_path / "many"
    path.write_bytes(archive_of(head, central(b"a.txt", 0) * 1_000_000, 1_000_000))
    calls = count()

    def watch(_frame: object, event: str, _argument: object) -> None:
        if event == "call":
            next(calls)

    sys.setprofile(watch)
    try:
        refused(path)
    finally:
        sys.setprofile(None)
    assert next(calls) < 100_000, "the list was not gone through"


def test_many_entries_that_are_one_and_the_same_are_refused(tmp_path: Path, packed: Path) -> None:
    """Each announces all the bytes of the archive, and all of them begin at its beginning."""
    head = packed.read_bytes()
    first = f"{PLACE}/{RECORD}".encode()
    listed = central(first, 10) + b"".join(central(b"%d.txt" % n, len(head) // 2) for n in range(100))
    path = tmp_path / "overlapping"
    path.write_bytes(archive_of(head, listed, 101))
    refused(path)


def test_entries_that_lie_in_one_another_are_refused(tmp_path: Path) -> None:
    """Each has its own beginning, and all that the record promises of it is true."""
    content, entries = bytes(200_000), dict[str, bytes]()
    for number in range(100):
        entries[f"{number}.txt"] = content
        content = local(f"{PLACE}/{number}.txt".encode(), content)
    files = {WEIGHTS: FILES[WEIGHTS], **dict(reversed(entries.items()))}
    path = write_pack(tmp_path / "pack", {WEIGHTS: FILES[WEIGHTS]}, record_of(files))
    with zipfile.ZipFile(path) as archive:
        end, first = archive.start_dir, archive.infolist()
    listed = b"".join(central(e.filename.encode(), e.file_size, e.header_offset, e.CRC) for e in first)
    at = end
    for name, inner in reversed(entries.items()):
        listed += central(f"{PLACE}/{name}".encode(), len(inner), at, zlib.crc32(inner))
        at += len(local(f"{PLACE}/{name}".encode(), b""))
    path.write_bytes(archive_of(path.read_bytes()[:end] + content, listed, 102))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, "it is a sound archive but for that"
    refused(path)


def test_a_pack_that_was_cut_short_is_refused(packed: Path) -> None:
    content = packed.read_bytes()
    for length in (30, 100, 1000, len(content) // 2, len(content) - 300, len(content) - 22, len(content) - 1):
        packed.write_bytes(content[:length])
        refused(packed)


@given(data=st.data())
@settings(max_examples=80)
def test_whatever_happened_to_a_pack_it_installs_its_bytes_or_nothing(data: st.DataObject, tmp_path: Path) -> None:
    files = {WEIGHTS: tensors(3_000, 1), "README.md": b"Text"}
    content = bytearray(write_pack(tmp_path / "fuzzed", files).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "fuzzed").write_bytes(content)
    try:
        record = packs.import_model(tmp_path / "fuzzed", opener)
    except AppError:
        assert names() == ["starter"]
    else:
        assert store.verify(record.name) == ()
        assert contents(need(record.name).folder)[WEIGHTS] == files[WEIGHTS]
        store.remove(record.name)
    assert nothing_staged()


def test_what_a_stranger_writes_of_a_model_is_plain_text(tmp_path: Path) -> None:
    about = About(
        title="<b>Hand</b>\x1b[31m\n" + "x" * 5000,
        engine="kraken",
        purpose="recognition",
        licence_url="javascript:alert(1)",
        homepage="https://example.org/",
        languages=("deu\x07",) * 10_000,
        cer=7e300,
        memory=10**400,
    )
    record = packs.import_model(write_pack(tmp_path / "pack", record=record_of(FILES, about=about)), opener)
    assert record.about.title.startswith("Hand")
    assert len(record.about.title) <= 300
    assert record.about.title.isprintable()
    assert (record.about.licence_url, record.about.homepage) == ("", "https://example.org/")
    assert set(record.about.languages) == {"deu"}
    assert len(record.about.languages) == 100
    assert record.about.cer is None
    assert record.about.memory == 0


# ---- room, stopping, and crashes


def in_child(action: Callable[[], object], *, limit: int | None = None, step: int | None = None) -> str | None:
    """What a process of its own said, whose files may grow only so far; None when it was killed at that step."""
    import resource

    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        seen = count()

        def watch(event: str, _args: object) -> None:
            if event in {"os.rename", "os.remove", "os.rmdir", "os.mkdir"} and next(seen) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
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


@POSIX
def test_a_disk_that_fills_while_importing_is_told_and_nothing_stays(packed: Path) -> None:
    said = in_child(lambda: packs.import_model(packed, never), limit=500_000) or ""
    assert said.startswith("The disk is full: “")
    assert names() == ["starter"]
    assert nothing_staged()


def test_too_little_room_is_told_before_anything_is_copied(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "RESERVE", 10**18)
    with pytest.raises(AppError, match="There is not enough room"):
        packs.import_model(packed, never)
    assert nothing_staged()


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_cancelled_import_leaves_nothing(packed: Path, after: int) -> None:
    asked = count()
    with pytest.raises(integrity.Cancelled):
        packs.import_model(packed, never, cancelled=lambda: next(asked) >= after)
    assert names() == ["starter"]
    assert nothing_staged()


def test_one_that_is_cancelled_while_it_is_opened_is_not_installed(packed: Path) -> None:
    stop = threading.Event()

    def slow(path: Path, engine: EngineName, purpose: Purpose) -> str:
        stop.set()
        return opener(path, engine, purpose)

    with pytest.raises(integrity.Cancelled):
        packs.import_model(packed, slow, cancelled=stop.is_set)
    assert names() == ["starter"]
    assert nothing_staged()


@POSIX
@pytest.mark.parametrize("pruned", [True, False])
def test_a_process_killed_while_it_imports_leaves_nothing_that_stays(packed: Path, pruned: bool) -> None:
    outcomes = set()
    for step in count():
        done = in_child(lambda: packs.import_model(packed, opener).name, step=step) is not None
        there = store.by_name(NAME)
        outcomes.add(there is not None)
        assert there is None or store.verify(NAME) == ()
        if pruned:
            left = (paths.downloads_dir() / "import").exists()
            assert [one.name for one in staging.prune()] == (["import"] if left else [])
            assert nothing_staged()
        assert packs.import_model(packed, opener).name == NAME
        assert contents(need().folder) == FILES
        store.remove(NAME)
        if done:
            break
    assert outcomes == {True, False}


def test_two_imports_at_once_wait_for_each_other_and_pruning_leaves_them_alone(packed: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(path: Path, engine: EngineName, purpose: Purpose) -> str:
        inside.set()
        assert go_on.wait(60)
        return opener(path, engine, purpose)

    records: list[Record] = []
    first = threading.Thread(target=lambda: records.append(packs.import_model(packed, slow)))
    first.start()
    assert inside.wait(60)
    assert staging.prune() == ()
    second = threading.Thread(target=lambda: records.append(packs.import_model(packed, never)))
    second.start()
    with pytest.raises(integrity.Cancelled):
        packs.import_model(packed, never, cancelled=lambda: True)
    go_on.set()
    first.join(60)
    second.join(60)
    assert [record.name for record in records] == [NAME, NAME]
    assert contents(need().folder) == FILES
