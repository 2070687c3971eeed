"""Plans from surya's address, from Zenodo and from the Hugging Face hub, asked of real servers on loopback."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from app import settings as app_settings
from app.checkpoints import catalogue, sources
from app.checkpoints.network import MOST_METADATA, NetworkError
from app.checkpoints.plan import Plan
from app.errors import AppError, BadModel
from app.settings import Settings
from tests.servers.faults import Chunked, Endless, Redirect, ServerError
from tests.servers.publishers import DETECTION, RECOGNITION, NoHead, Publishers, Status

SURYA = "surya:text_recognition/2025_09_23"
PATH = "text_recognition/2025_09_23"
CARD = b"""---
id: https://doi.org/10.5281/zenodo.70
summary: Reads German letters
authors: [{name: Somebody}]
license: Apache-2.0
software_name: kraken
language: [deu, lat, german]
script: [Latn, latin]
model_type: [recognition]
metrics: {cer: 4.5}
---
# A model
"""
NONSENSE = [
    b"",
    b"<html><title>Log in</title></html>",
    b"[]",
    b"null",
    b'{"files": "config.json"}',
    b'{"files": [1, 2]}',
    b'{"files": ["a\xff"]}',
    b'{"files": ["\\ud800"]}',
    b'{"id": true, "files": {}}',
    b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "files": []}',
    b'{"files": [' + b" " * (MOST_METADATA + 1) + b"]}",
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publishers]:
    with Publishers() as publishers:
        monkeypatch.setenv("MODEL_REPO_URL", publishers.api)
        yield publishers


def fetched(plan: Plan) -> dict[str, bytes]:
    return {file.name: requests.get(file.url, timeout=10).content for file in plan.files}


def remarks(plan: Plan) -> str:
    return " ".join(plan.remarks)


# Surya


def test_a_folder_of_surya_is_planned_with_a_manifest_of_it(server: Publishers) -> None:
    server.surya(PATH, RECOGNITION)
    plan = sources.plan(SURYA, f"{server.url}/")
    assert fetched(plan) == RECOGNITION
    assert plan.names == (*sorted(RECOGNITION), "manifest.json")
    assert json.loads(plan.written[0].text) == {"files": sorted(RECOGNITION)}
    assert {file.name: file.size for file in plan.files} == {name: len(data) for name, data in RECOGNITION.items()}
    assert (plan.name, plan.folder, plan.reference) == (SURYA, "surya/text_recognition/2025_09_23", SURYA)
    assert (plan.weights, plan.base, plan.hashed) == ("", f"{server.url}/", False)
    assert "no checksums" in remarks(plan)


def test_a_known_model_of_surya_gets_what_the_catalogue_knows(server: Publishers) -> None:
    server.surya("text_detection/2025_05_07", DETECTION)
    about = sources.plan("surya:text_detection/2025_05_07", server.url).about
    assert (about.title, about.engine, about.purpose) == ("Surya, finds lines", "surya", "segmentation")
    assert "OpenRAIL" in about.licence
    assert about.memory == catalogue.memory_needed("surya", 700)


def test_a_model_of_surya_that_nobody_knows_says_nothing_it_cannot_know(server: Publishers) -> None:
    server.surya("text_detection/2031_01_01", DETECTION)
    about = sources.plan("surya:text_detection/2031_01_01", server.url).about
    assert (about.title, about.licence, about.cer) == ("Surya text_detection/2031_01_01", "", None)


def test_the_mirror_in_the_settings_is_asked(server: Publishers) -> None:
    app_settings.save(Settings(surya_base=f"{server.url}/mirror"))
    server.surya(f"mirror/{PATH}", RECOGNITION)
    plan = sources.plan(SURYA)
    assert plan.base == ""
    assert all(file.url.startswith(f"{server.url}/mirror/{PATH}/") for file in plan.files)


@pytest.mark.parametrize("fault", [NoHead(), Chunked()])
def test_a_size_that_nobody_says_stays_open(server: Publishers, fault: Any) -> None:
    server.surya(PATH, RECOGNITION)
    server.always(f"/{PATH}/model.safetensors", fault)
    sizes = {file.name: file.size for file in sources.plan(SURYA, server.url).files}
    assert sizes["model.safetensors"] is None
    assert sizes["config.json"] == 2


def test_what_could_run_foreign_code_is_left_out_and_said(server: Publishers) -> None:
    server.surya(PATH, RECOGNITION | {"training_args.bin": b"\x80", ".gitattributes": b"", "run.py": b""})
    plan = sources.plan(SURYA, server.url)
    assert plan.names == (*sorted(RECOGNITION), "manifest.json")
    assert json.loads(plan.written[0].text) == {"files": sorted(RECOGNITION)}
    assert ".gitattributes, run.py, training_args.bin" in remarks(plan)


def test_a_manifest_that_lists_itself_is_planned_once(server: Publishers) -> None:
    server.surya(PATH, RECOGNITION, {"files": [*RECOGNITION, "manifest.json"]})
    assert sources.plan(SURYA, server.url).names == (*RECOGNITION, "manifest.json")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab_math.json", "specials_dict.json"])
def test_a_manifest_without_a_needed_file_is_refused_by_name(server: Publishers, name: str) -> None:
    server.surya(PATH, {file: data for file, data in RECOGNITION.items() if file != name})
    with pytest.raises(BadModel, match=f"lacks files that surya needs: {name}"):
        sources.plan(SURYA, server.url)


@pytest.mark.parametrize(
    "name",
    [
        "../x.json",
        "/etc/x.json",
        "a/../../x.json",
        "C:\\x.json",
        "con.json",
        "x\x00.json",
        "gnp\u202e.json",
        "CONFIG.json",
        "x.json.",
        "",
    ],
)
def test_a_manifest_with_a_bad_name_is_refused_before_anything_else_is_asked(server: Publishers, name: str) -> None:
    server.surya(PATH, RECOGNITION, {"files": [*RECOGNITION, name]})
    with pytest.raises(BadModel) as caught:
        sources.plan(SURYA, server.url)
    assert "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name) in caught.value.message
    assert [seen.path for seen in server.seen] == [f"/{PATH}/manifest.json"]


def test_a_manifest_of_far_too_many_files_is_refused_before_they_are_asked_for(server: Publishers) -> None:
    server.surya(PATH, RECOGNITION, {"files": [*RECOGNITION, *(f"{n}.json" for n in range(500))]})
    with pytest.raises(BadModel, match="makes no sense"):
        sources.plan(SURYA, server.url)
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_an_answer_that_is_no_manifest_is_told(server: Publishers, body: bytes) -> None:
    server.surya(PATH, RECOGNITION, body)
    with pytest.raises(NetworkError) as caught:
        sources.plan(SURYA, server.url)
    assert caught.value.kind == "broken"
    assert "127.0.0.1" in caught.value.message


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Status(404), "gone"),
        (Status(403), "denied"),
        (ServerError(429, "1"), "busy"),
        (Status(500), "busy"),
        (Endless(), "broken"),
        (Redirect("ftp://127.0.0.1/manifest.json"), "broken"),
    ],
)
def test_a_server_that_refuses_is_told(server: Publishers, fault: Any, kind: str) -> None:
    server.surya(PATH, RECOGNITION)
    server.always(f"/{PATH}/manifest.json", fault)
    with pytest.raises(NetworkError) as caught:
        sources.plan(SURYA, server.url)
    assert caught.value.kind == kind


@pytest.mark.parametrize("path", ["layout/2025_09_23", "text_detection", "text_detection/..", "text_detection/a/b", ""])
def test_other_paths_of_surya_are_refused(server: Publishers, path: str) -> None:
    with pytest.raises(BadModel, match="no model of surya"):
        sources.plan(f"surya:{path}", server.url)
    assert not server.seen


def test_no_manifest_can_make_a_plan_that_leaves_its_folder() -> None:
    pieces = st.sampled_from(
        ["..", ".", "/", "\\", "a", "config.json", "nul", "C:", "\u202e", "\u2215", "e\u0301", " "]
    )
    names = st.one_of(st.sampled_from(sorted(RECOGNITION)), st.lists(pieces, max_size=5).map("".join), st.text())
    manifests = st.lists(names, max_size=8).map(lambda listed: {"files": [*RECOGNITION, *listed]})
    with Publishers() as server:

        @settings(max_examples=80)
        @given(manifests)
        def plan(manifest: dict[str, list[str]]) -> None:
            server.surya(PATH, {}, json.dumps(manifest).encode())
            try:
                made = sources.plan(SURYA, server.url)
            except AppError:
                return
            for name in made.names:
                for flavour in (PurePosixPath, PureWindowsPath):
                    place = flavour("/store") / name
                    assert ".." not in place.parts
                    assert place.is_relative_to(flavour("/store"))

        plan()


# Zenodo

FILES = {"model.mlmodel": b"weights", "README.md": CARD, "LICENSE": b"free", "data.zip": b"pages", "model.pt": b"\x80"}


@pytest.mark.parametrize("reference", ["zenodo:70", "10.5281/zenodo.70", "zenodo:10.5281/zenodo.70"])
def test_a_record_is_planned_with_its_texts_and_md5(server: Publishers, reference: str) -> None:
    told = server.record(70, FILES, title="German &amp; Latin\nletters", version="1.2")
    plan = sources.plan(reference)
    assert fetched(plan) == {name: FILES[name] for name in ("model.mlmodel", "README.md", "LICENSE")}
    by_name = {file["key"]: file for file in told["files"]}
    assert all(file.size == by_name[file.name]["size"] for file in plan.files)
    assert all(f"md5:{file.hashes['md5']}" == by_name[file.name]["checksum"] for file in plan.files)
    assert (plan.name, plan.folder, plan.weights) == ("zenodo:70", "kraken/zenodo-70", "model.mlmodel")
    assert (plan.connections, plan.hashed) == (2, True)
    about = plan.about
    assert (about.title, about.summary) == ("German & Latin letters", "Reads German letters")
    assert (about.engine, about.purpose, about.licence) == ("kraken", "recognition", "cc-by-4.0")
    assert (about.scripts, about.languages, about.cer) == (("Latn",), ("deu", "lat"), 0.045)
    assert (about.version, about.homepage) == ("1.2", "https://doi.org/10.5281/zenodo.70")
    assert about.memory == catalogue.memory_needed("kraken", 7)


def test_the_number_of_all_versions_means_the_newest(server: Publishers) -> None:
    server.record(72, {"m.mlmodel": b"w"}, concept=60)
    plan = sources.plan("zenodo:60")
    assert (plan.name, plan.reference, plan.folder) == ("zenodo:72", "zenodo:72", "kraken/zenodo-72")
    assert "60 stands for all versions" in remarks(plan)


def test_of_several_models_the_newer_format_is_chosen_and_that_is_said(server: Publishers) -> None:
    server.record(70, {"large.mlmodel": b"larger", "small.safetensors": b"s", "tiny.safetensors": b""})
    plan = sources.plan("zenodo:70")
    assert plan.weights == "small.safetensors"
    assert "“small.safetensors” was chosen; the others are: large.mlmodel, tiny.safetensors" in remarks(plan)


def test_a_segmenter_is_known_by_its_card_or_by_its_name(server: Publishers) -> None:
    server.record(70, {"m.mlmodel": b"w", "README.md": CARD.replace(b"[recognition]", b"[segmentation]")})
    server.record(71, {"blla.mlmodel": b"w"})
    assert [sources.plan(f"zenodo:{number}").about.purpose for number in (70, 71)] == ["segmentation"] * 2


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"model.pt": b"\x80", "README.md": CARD}, "could run foreign code"),
        ({"pages.zip": b"PK"}, "no file that Lesepult can use"),
        ({}, "no file that Lesepult can use"),
        ({"m.mlmodel": b"w", "README.md": CARD.replace(b"kraken", b"party")}, "for another program, party"),
        ({"m.mlmodel": b"w", "README.md": CARD.replace(b"[recognition]", b"reading order")}, "it is for reading order"),
        ({"con.mlmodel": b"w"}, "not allowed"),
    ],
)
def test_a_record_without_a_model_for_this_program_is_refused(
    server: Publishers, files: dict[str, bytes], sentence: str
) -> None:
    server.record(70, files)
    with pytest.raises(BadModel, match=sentence):
        sources.plan("zenodo:70")


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": 10**30},
        {"key": "../m.mlmodel"},
        {"key": "a\\m.mlmodel"},
        {"links": {"self": "file:///etc/passwd.mlmodel"}},
        {"links": {"self": "//127.0.0.1/m.mlmodel"}},
    ],
)
def test_a_record_that_lies_about_a_file_is_refused(server: Publishers, change: dict[str, Any]) -> None:
    told = server.record(70, {"m.mlmodel": b"w"})
    told["files"][0] |= change
    server.put_record(told)
    with pytest.raises(BadModel):
        sources.plan("zenodo:70")


def test_a_checksum_that_makes_no_sense_counts_as_none(server: Publishers) -> None:
    told = server.record(70, {"m.mlmodel": b"w"})
    told["files"][0]["checksum"] = "crc:0"
    server.put_record(told)
    assert not sources.plan("zenodo:70").hashed


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_an_answer_that_is_no_record_is_told(server: Publishers, body: bytes) -> None:
    server.put("/api/records/70", body)
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1"):
        sources.plan("zenodo:70")


def test_a_card_without_an_end_is_refused(server: Publishers) -> None:
    server.record(70, {"m.mlmodel": b"w", "README.md": CARD})
    server.always("/api/records/70/files/README.md/content", Endless())
    with pytest.raises(NetworkError, match="too long"):
        sources.plan("zenodo:70")


@pytest.mark.parametrize("reference", ["zenodo:", "zenodo:abc", "zenodo:10.1234/other.5", "zenodo:70/../71"])
def test_what_is_no_record_is_refused_without_asking(server: Publishers, reference: str) -> None:
    with pytest.raises(BadModel, match="no record of Zenodo"):
        sources.plan(reference)
    assert not server.seen


# All of them


@pytest.mark.parametrize("reference", ["", "model", "https://zenodo.org", "pip:kraken", "Surya:text_detection/1"])
def test_what_no_source_knows_is_refused_with_what_there_is(reference: str) -> None:
    assert not sources.is_known(reference)
    with pytest.raises(BadModel) as caught:
        sources.plan(reference)
    assert "ppocrv6-medium" in caught.value.hint


@pytest.mark.parametrize("reference", [SURYA, "zenodo:70", "10.5281/zenodo.70", "hf:a/b", "ppocrv6-medium"])
def test_what_a_source_knows_is_known_without_asking(reference: str) -> None:
    assert sources.is_known(reference)


@pytest.mark.parametrize("base", ["models", "ftp://127.0.0.1", "http://", "https://127.0.0.1/?x", "file:///tmp"])
def test_an_address_that_is_none_is_refused(base: str) -> None:
    with pytest.raises(BadModel, match="no address"):
        sources.plan(SURYA, base)


def test_offline_nobody_is_asked(server: Publishers) -> None:
    app_settings.save(Settings(offline=True))
    with pytest.raises(NetworkError) as caught:
        sources.plan(SURYA, server.url)
    assert caught.value.kind == "offline"
    assert not server.seen


def test_an_unprotected_address_is_said(server: Publishers) -> None:
    told = server.record(70, {"m.mlmodel": b"w"})
    assert "not protected" not in remarks(sources.plan("zenodo:70"))
    told["files"][0]["links"]["self"] = "https://mirror.example/m.mlmodel"
    server.put_record(told)
    assert "not protected" not in remarks(sources.plan("zenodo:70"))
    told["files"][0]["links"]["self"] = "http://mirror.example/m.mlmodel"
    server.put_record(told)
    assert "The connection to mirror.example is not protected" in remarks(sources.plan("zenodo:70"))


# The catalogue


def medium(server: Publishers, **change: Any) -> None:
    """The record of the catalogue's first entry, as the catalogue pins it, or otherwise."""
    entry = catalogue.find("ppocrv6-medium")
    assert entry is not None
    told = server.record(21788410, {"medium.safetensors": b""}, license={"id": "mit"})
    told["files"][0] |= {"size": entry.pinned.size, "checksum": f"md5:{entry.pinned.hashes['md5']}"} | change
    server.put_record(told)


@pytest.mark.parametrize("reference", ["ppocrv6-medium", "zenodo:21788410", "10.5281/zenodo.21788410"])
def test_an_entry_of_the_catalogue_adds_what_it_pins(server: Publishers, reference: str) -> None:
    medium(server)
    plan = sources.plan(reference)
    assert set(plan.files[0].hashes) == {"md5", "sha256"}
    assert plan.about.title == "44 languages, handwriting and print (medium)"
    assert (plan.about.licence, plan.about.cer) == ("mit", 0.039)
    assert "deu" in plan.about.languages


@pytest.mark.parametrize("change", [{"size": 5}, {"checksum": f"md5:{'0' * 32}"}, {"key": "other.safetensors"}])
def test_a_record_that_contradicts_the_catalogue_is_refused(server: Publishers, change: dict[str, Any]) -> None:
    medium(server, **change)
    with pytest.raises(BadModel, match="not the file that Lesepult's catalogue knows"):
        sources.plan("ppocrv6-medium")


@pytest.mark.parametrize("base", ["", "the publisher's"])
def test_a_mirror_is_asked_when_the_publisher_does_not_answer_and_nobody_named_an_address(
    server: Publishers, base: str
) -> None:
    entry = catalogue.find("ppocrv6-medium")
    assert entry is not None
    repo = "small-models-for-glam/kraken-ppocrv6-medium"
    told = server.repository(repo, {"medium.safetensors": b""})
    lfs = {"sha256": entry.pinned.hashes["sha256"], "size": entry.size, "pointerSize": 1}
    told["siblings"][0] |= {"size": entry.size, "lfs": lfs}
    server.put_repository(repo, told)
    nobody = f"http://127.0.0.1:{free_port()}/"
    # The hub's library reads its address when it is imported, hence a process of its own.
    script = "import sys; from app.checkpoints import sources; p = sources.plan('ppocrv6-medium', sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; print(p.name, *p.remarks, sep='|')", nobody if base else ""],
        env=os.environ | {"MODEL_REPO_URL": nobody, "HF_ENDPOINT": server.url},
        capture_output=True,
        text=True,
        check=False,
    )
    if base:
        assert "does not answer" in done.stderr
        assert not server.seen
    else:
        name, *said = done.stdout.strip().split("|")
        assert name == f"hf:{repo}/medium.safetensors@0123456789ab", done.stderr
        assert "comes from a mirror" in " ".join(said)


def test_without_any_answer_it_is_the_publisher_of_whom_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("MODEL_REPO_URL", f"http://127.0.0.1:{port}/")
    with pytest.raises(NetworkError, match=f"127.0.0.1:{port} does not answer"):
        sources.plan("german-registers")


def free_port() -> int:
    """A port on which nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
