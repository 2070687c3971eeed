"""What every engine keeps to, the fake one and the real one: events, cancel, crash, and what follows them."""

import os
import signal

import psutil
import pytest

from app.errors import WorkerDied
from app.jobs.worker import Worker
from app.protocol import VERSION, Done, LineRead, Progress, Started
from tests.engines.conftest import Run, Setup, fake_worker, finish, texts


def check_events(setup: Setup, worker: Worker) -> None:
    lines = setup.lines[:4]
    done, events = finish(worker, setup.recognise(lines=lines))
    assert worker.ready is not None
    assert worker.ready.engine == setup.name
    assert worker.ready.protocol == VERSION
    able = {"fake": ("segment", "recognise", "bound"), "kraken": ("segment", "recognise", "align", "bound")}
    assert worker.ready.capabilities == able[setup.name]
    assert "cpu" in worker.ready.devices
    assert done == Done(job="j")
    assert events[0] == Started(job="j", device=worker.ready.devices[0])
    assert [e.line for e in events if isinstance(e, LineRead)] == [line.id for line in lines]
    assert all(texts(events).values())
    stages = [(e.stage, e.done, e.total) for e in events if isinstance(e, Progress)]
    assert stages == [("loading", 0, 0), *(("recognising", n, 4) for n in range(5))]
    for event in events:
        if isinstance(event, LineRead):
            assert len(event.confidences) == len(event.text)
            assert 0 < event.confidence <= 1


def test_the_fake_s_events_come_in_order_and_every_line_once(fake: Setup) -> None:
    with fake_worker() as worker:
        check_events(fake, worker)


def test_kraken_s_events_come_in_order_and_every_line_once(kraken: Setup, warm_kraken: Worker) -> None:
    check_events(kraken, warm_kraken)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_cancel_and_a_crash_cost_their_job_alone(setup: Setup) -> None:
    """In one go, because every new kraken process takes its time to import torch."""
    with setup.worker() as worker:
        run = Run(worker, setup.segment())
        run.wait_for(Progress, stage="segmenting")
        first = worker.pid
        assert first is not None
        run.cancelled.set()
        run.end(timeout=5)  # it takes less than a second, but the machine may be busy with other things
        assert run.done == Done(job="j", cancelled=True)
        assert worker.pid is None
        assert not psutil.pid_exists(first)

        run = Run(worker, setup.recognise())
        read = run.wait_for(LineRead, line=setup.lines[0].id)
        second = worker.pid
        assert second not in {None, first}
        os.kill(second, signal.SIGKILL)
        run.end()
        assert read in run.events
        assert isinstance(run.error, WorkerDied)
        assert "in the middle of the page" in run.error.message
        assert str(worker.log) in run.error.hint

        done, events = finish(worker, setup.recognise("again", lines=setup.lines[:1]))
        assert done == Done(job="again")
        assert len(texts(events)) == 1
        assert worker.pid not in {None, first, second}
