"""The program's side of an engine: what it makes of a worker that fails, lies, prints or never answers."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from app import paths
from app.errors import AppError, BadModel, BadScan, WorkerDied
from app.jobs.worker import MAX_LOG, Worker
from app.protocol import (
    VERSION,
    CheckModel,
    Done,
    LineShape,
    PageImage,
    PageSegmented,
    Segment,
    Started,
    Warned,
    encode,
)
from tests.engines.conftest import FAKE, Setup, fake_worker, finish, texts

ROOT = Path(__file__).resolve().parent.parent.parent


def saying(code: str) -> Worker:
    return Worker("liar", [sys.executable, "-c", code])


def test_the_process_stays_warm_and_ends_with_stop(fake: Setup) -> None:
    with fake_worker() as worker:
        assert worker.pid is None
        finish(worker, fake.recognise())
        first = worker.pid
        finish(worker, fake.segment())
        assert worker.pid == first
    assert worker.pid is None
    assert first is not None
    assert not psutil.pid_exists(first)


def test_what_libraries_print_goes_to_the_log_and_not_between_the_events(fake: Setup) -> None:
    with fake_worker() as worker:
        done, events = finish(worker, fake.recognise())
        assert done == Done(job="j")
        assert texts(events) == {line.id: line.id for line in fake.lines}
    log = worker.log.read_text()
    assert "a library says hello" in log
    assert "all of them" in log


def test_the_log_stays_bounded(fake: Setup) -> None:
    with fake_worker() as worker:
        finish(worker, fake.recognise())
        with worker.log.open("ab") as log:
            log.write(b"x" * (MAX_LOG + 1))
        finish(worker, fake.recognise())
        assert worker.log.stat().st_size < MAX_LOG
        assert "a library says hello" in worker.log.read_text()
        assert sum(file.stat().st_size for file in paths.log_dir().iterdir()) <= 2 * MAX_LOG


def test_everything_temporary_lies_in_a_scratch_folder_that_goes_with_the_worker(fake: Setup) -> None:
    with fake_worker("folders") as worker:
        _, events = finish(worker, fake.recognise())
        written, working = map(Path, texts(events)[fake.lines[0].id].split("|"))
        assert written.parent == working
        assert working.parent == paths.jobs_dir()
        assert working.is_dir()
    assert list(paths.jobs_dir().iterdir()) == []


def test_the_worker_refuses_the_network(fake: Setup) -> None:
    with fake_worker("network") as worker:
        _, events = finish(worker, fake.recognise())
    read = texts(events)[fake.lines[0].id]
    assert "opens no network connection" in read
    assert "looks up no names" in read


@pytest.mark.parametrize(("mode", "sentence"), [("memory", "not enough memory"), ("broken", "failed on")])
def test_a_failed_job_says_what_failed_and_leaves_the_worker_alive(mode: str, sentence: str, fake: Setup) -> None:
    with fake_worker(mode) as worker:
        with pytest.raises(AppError, match=rf"{sentence}.* this page") as caught:
            finish(worker, fake.recognise())
        assert caught.value.hint
        assert worker.pid is not None
        done, _ = finish(worker, CheckModel(job="next", model=str(fake.model)))
        assert done == Done(job="next")


def test_a_bad_model_and_a_bad_scan_have_their_own_errors(fake: Setup, tmp_path: Path) -> None:
    with fake_worker() as worker:
        with pytest.raises(BadModel, match=r"“none\.model”"):
            finish(worker, CheckModel(job="j", model=str(tmp_path / "none.model")))
        with pytest.raises(BadScan, match="scan of this page"):
            finish(worker, fake.recognise(image=PageImage(path=fake.image.path, width=9, height=9)))


def test_a_device_that_fails_is_replaced_only_where_nobody_chose_it(fake: Setup) -> None:
    with fake_worker("bad-gpu") as worker:
        done, events = finish(worker, fake.recognise())
        assert done == Done(job="j")
        assert Started(job="j", device="cuda") in events
        assert [event.code for event in events if isinstance(event, Warned)] == ["device_fallback"]
        assert len(texts(events)) == len(fake.lines)
        for device in ("cuda", "mps"):
            with pytest.raises(AppError, match=f"“{device}” cannot be used"):
                finish(worker, fake.recognise(device=device))


def test_a_line_that_cannot_be_read_is_reported_and_the_rest_is_read(fake: Setup) -> None:
    lines = (fake.lines[0], LineShape(id="odd", baseline=()), fake.lines[1])
    with fake_worker() as worker:
        _, events = finish(worker, fake.recognise(lines=lines))
    assert list(texts(events)) == [fake.lines[0].id, fake.lines[1].id]
    assert [event.line for event in events if isinstance(event, Warned)] == ["odd"]


def test_nothing_found_is_a_warning_and_an_empty_page(fake: Setup) -> None:
    with fake_worker() as worker:
        _, events = finish(worker, Segment(job="j", image=fake.image, within=((0, 0), (9, 0), (9, 9))))
    assert [event.code for event in events if isinstance(event, Warned)] == ["no_lines"]
    assert PageSegmented(job="j", regions=(), lines=()) in events


def test_a_cancel_before_the_start_starts_nothing(fake: Setup) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with fake_worker() as worker:
        assert worker.run(fake.recognise(), lambda _: None, cancelled) == Done(job="j", cancelled=True)
        assert worker.pid is None


def test_a_cancel_while_the_engine_starts_is_heard(fake: Setup) -> None:
    cancelled = threading.Event()
    with saying("import sys; sys.stdin.read()") as worker:
        run_done: list[Done] = []
        thread = threading.Thread(
            target=lambda: run_done.append(worker.run(fake.recognise(), lambda _: None, cancelled))
        )
        thread.start()
        cancelled.set()
        thread.join(timeout=10)
        assert run_done == [Done(job="j", cancelled=True)]


def test_a_listener_that_fails_ends_the_job(fake: Setup) -> None:
    def listen(_: object) -> None:
        raise LookupError("the archive is gone")

    with fake_worker("hang") as worker:
        with pytest.raises(LookupError):
            worker.run(fake.recognise(), listen, threading.Event())
        assert worker.pid is None


READY = (
    """print('{"kind":"ready","protocol":%d,"engine":"liar","version":"1","capabilities":[],"devices":["cpu"]}', """
    "flush=True)"
)


@pytest.mark.parametrize(
    "line",
    [
        "print('Downloading: 12 %', flush=True)",
        'print(\'{"kind":"surprise"}\', flush=True)',
        "import os; os.write(1, b'x' * 20_000_000)",
    ],
)
def test_a_worker_that_talks_nonsense_is_ended(line: str, fake: Setup) -> None:
    with saying(f"{READY % VERSION}; import sys; sys.stdin.readline(); {line}; sys.stdin.read()") as worker:
        with pytest.raises(WorkerDied, match="in the middle of the page"):
            finish(worker, fake.recognise())
        assert worker.pid is None


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ("bad_model", BadModel, "“old.model” cannot be used"),
        ("out_of_memory", AppError, "memory to open the model “old.model”"),
        ("internal", AppError, "failed to open the model “old.model”"),
        ("bad_request", AppError, "failed to open the model “old.model”"),
    ],
)
def test_a_model_that_does_not_open_is_named(code: str, kind: type[AppError], sentence: str) -> None:
    failed = f"""import sys; sys.stdin.readline(); print('{{"kind":"failed","job":"j","code":"{code}"}}', flush=True)"""
    with saying(f"{READY % VERSION}; {failed}; sys.stdin.read()") as worker:
        with pytest.raises(kind, match=sentence) as caught:
            finish(worker, CheckModel(job="j", model="/somewhere/old.model"))
        assert caught.value.hint
        assert "page" not in str(caught.value)


def test_an_engine_that_dies_of_a_model_names_it() -> None:
    with saying(f"{READY % VERSION}; import sys; sys.stdin.readline()") as worker:
        with pytest.raises(WorkerDied, match=r"while it opened the model “large\.model”") as caught:
            finish(worker, CheckModel(job="j", model="/somewhere/large.model"))
        assert str(worker.log) in caught.value.hint


def test_a_worker_that_does_not_start_says_where_the_log_is(fake: Setup) -> None:
    with saying("raise SystemExit('no such library')") as worker:
        with pytest.raises(WorkerDied, match="could not be started") as caught:
            finish(worker, fake.recognise())
        assert str(worker.log) in caught.value.hint
        assert "no such library" in worker.log.read_text()


def test_a_worker_of_another_version_is_refused(fake: Setup) -> None:
    with saying(f"{READY % 99}; import sys; sys.stdin.read()") as worker:
        with pytest.raises(AppError, match="another version"):
            finish(worker, fake.recognise())
        assert worker.pid is None


PARENT = """
import os, sys, threading
from app.jobs.worker import Worker
from app.protocol import LineRead, decode_request
worker = Worker("fake", [sys.executable, "-P", sys.argv[1], sys.argv[2]])
def on_event(event):
    if isinstance(event, LineRead):
        print(worker.pid, flush=True)
request = decode_request(sys.stdin.readline().encode())
worker.run(request, on_event, threading.Event())
if sys.argv[3] == "stay":
    sys.stdin.read()
"""


def parent(fake: Setup, mode: str, then: str) -> subprocess.Popen[bytes]:
    started = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(FAKE), mode, then],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
    )
    assert started.stdin is not None
    started.stdin.write(encode(fake.recognise(lines=fake.lines[:2])))
    started.stdin.flush()
    return started


@pytest.mark.parametrize("mode", ["hang", ""])
def test_the_worker_goes_when_its_program_is_killed(mode: str, fake: Setup) -> None:
    with parent(fake, mode, "stay") as program:
        assert program.stdout is not None
        worker = psutil.Process(int(program.stdout.readline()))
        assert worker.is_running()
        program.kill()
        program.wait()
        assert gone(worker)


def test_the_worker_goes_when_its_program_ends_without_stopping_it(fake: Setup) -> None:
    with parent(fake, "", "leave") as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        assert program.wait(timeout=60) == 0
        assert not psutil.pid_exists(pid)
    assert list(paths.jobs_dir().iterdir()) == []


def gone(process: psutil.Process) -> bool:
    """Whether it ended; an orphan may stay a zombie where the first process of the system collects none."""
    try:
        process.wait(timeout=10)
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_the_client_imports_no_engine() -> None:
    code = "import app.jobs.worker, sys, json; print(json.dumps([m for m in sys.modules]))"
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & {"torch", "kraken", "surya", "engines", "PySide6"}
