"""Fixtures for all tests: a home of their own, the shared scans, no network, and nothing left running."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

# No deadline: a test never depends on how busy the machine is. The home fixture is harmless across examples.
settings.register_profile(
    "lesepult",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("lesepult")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every folder that the program writes to, inside this test's own folder; English as the language."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LESEPULT_HOME", str(folder))
    monkeypatch.setenv("LANGUAGE", "en")
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real scans, ground truth, schemas and models beside the checkout."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        if os.environ.get("CI"):
            pytest.fail("../shared/data is missing, and under CI it must be there")
        pytest.skip("../shared/data is not on this machine")
    return folder


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fails a test that leaves a thread or a child process behind."""
    threads = set(threading.enumerate())
    children = set(psutil.Process().children(recursive=True))
    yield
    left = [t for t in threading.enumerate() if t not in threads and t.is_alive() and not t.name.startswith("pytest")]
    for thread in left:
        thread.join(timeout=5)
    alive = [thread.name for thread in left if thread.is_alive()]
    processes = [p for p in psutil.Process().children(recursive=True) if p not in children]
    _, running = psutil.wait_procs(processes, timeout=5)
    assert not alive, f"threads still run: {alive}"
    assert not running, f"processes still run: {running}"
