"""Our downloads beside curl's, huggingface_hub's and surya's, over loopback: `python -m tests.bench.downloading`.

Every figure is a ratio of runs in the same minute; the best of three is taken, because the disk is shared. Ours is the
whole way: resumable, every byte hashed and compared, synced, renamed into the store.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.faults import Slow
from tests.servers.misbehaving import MisbehavingServer

FULL, LIMITED = 1 << 30, 200 << 20
RATE = 20_000_000.0
FOLDER = "/models/text_recognition/2025_09_23"


@dataclass(frozen=True)
class Run:
    """What one download took: seconds, megabytes of memory, and the most bytes that lay in the temporary folder."""

    seconds: float
    memory: float
    temporary: int


def main() -> None:
    """Prints one table a question."""
    if len(sys.argv) > 1:
        serve(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory(prefix="lesepult-bench-") as name:
        folder = Path(name)
        files = {
            "full": write_weights(folder / "full.safetensors", FULL),
            "slow": write_weights(folder / "slow.safetensors", LIMITED),
        }
        with serving(folder) as url:
            _full_speed(folder, url, files["full"])
            _limited(folder, url, files["slow"])
            for client in ("ours", "surya"):
                _killed(folder, url, client, files["slow"])


def _full_speed(folder: Path, url: str, sha256: str) -> None:
    print(f"\n{FULL >> 20} MiB at full speed")
    runs: dict[str, list[Run]] = {name: [] for name in ("curl", "ours", "hub", "surya")}
    for _ in range(3):
        for name, done in runs.items():
            done.append(_run(folder, name, f"{url}{FOLDER}/full.safetensors", sha256, FULL))
    best = {name: min(done, key=lambda run: run.seconds) for name, done in runs.items()}
    for name, run in best.items():
        speed = best["curl"].seconds / run.seconds
        print(
            f"{name:<8} {run.seconds:6.2f} s   {speed:5.2f} of curl's speed   {run.memory:6.1f} MB more memory"
            f"   {run.temporary / 1e6:8.1f} MB in the temporary folder"
        )


def _limited(folder: Path, url: str, sha256: str) -> None:
    print(f"\n{LIMITED >> 20} MiB from a server that gives {RATE / 1e6:.0f} MB/s to a connection")
    address = f"{url}/slow{FOLDER}/slow.safetensors"
    one = _run(folder, "ours", address, sha256, LIMITED, connections=1)
    several = _run(folder, "ours", address, sha256, LIMITED)
    curl = _run(folder, "curl", address, sha256, LIMITED)
    for name, run in (("curl", curl), ("ours, one connection", one), ("ours, up to four", several)):
        print(f"{name:<22} {run.seconds:6.2f} s   {curl.seconds / run.seconds:5.2f} of curl's speed")


def _killed(folder: Path, url: str, client: str, sha256: str) -> None:
    """Kills a download with SIGKILL when half has been sent, starts it again, and counts what was sent twice."""
    address = f"{url}/slow{FOLDER}/slow.safetensors"
    _ask(url, "reset")
    home = folder / "killed"
    child = _child(folder, client, address, sha256, LIMITED, home)
    _ask(url, f"until {LIMITED // 2}")
    child.kill()
    child.wait()
    with _child(folder, client, address, sha256, LIMITED, home) as again:
        again.communicate()
        assert again.returncode == 0
    sent = int(_ask(url, "sent"))
    shutil.rmtree(home)
    again_mb = (sent - LIMITED) / 1e6
    print(f"{client:<8} killed at 50 %: {again_mb:7.1f} MB came twice, {(sent - LIMITED) / LIMITED:5.2f} of the file")


def _run(folder: Path, client: str, url: str, sha256: str, size: int, connections: int = 4) -> Run:
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    with _child(folder, client, url, sha256, size, home, connections) as child, _watched(home / "tmp") as watched:
        out, error = child.communicate()
        assert child.returncode == 0, error
    seconds, memory = out.split()
    shutil.rmtree(home)
    return Run(float(seconds), float(memory), watched[0])


def _child(
    folder: Path, client: str, url: str, sha256: str, size: int, home: Path, connections: int = 4
) -> "subprocess.Popen[str]":
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    env = os.environ | {
        "LESEPULT_HOME": str(home / "lesepult"),
        "TMPDIR": str(home / "tmp"),
        "LESEPULT_BENCH_SHA256": sha256,
        "LESEPULT_BENCH_SIZE": str(size),
        "LESEPULT_BENCH_CONNECTIONS": str(connections),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    command = [sys.executable, "-m", "tests.bench.download_clients", client, url, str(home / "out")]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def _watched(folder: Path) -> Iterator[list[int]]:
    """The most bytes that a folder held meanwhile."""
    most, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            size = 0
            for path in folder.rglob("*"):
                try:
                    size += path.stat().st_size if path.is_file() else 0
                except OSError:
                    continue
            most[0] = max(most[0], size)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def write_weights(path: Path, size: int) -> str:
    """Writes a safetensors file of this size that nothing can compress, and returns its SHA-256."""
    body = size - 1024
    header = json.dumps({"bench": {"dtype": "U8", "shape": [body], "data_offsets": [0, body]}}).encode()
    whole = hashlib.sha256()
    with path.open("wb") as file:

        def write(piece: bytes) -> None:
            whole.update(piece)
            file.write(piece)

        write((1016).to_bytes(8, "little") + header.ljust(1016))
        for start in range(0, body, 1 << 20):
            write(os.urandom(min(1 << 20, body - start)))
    return whole.hexdigest()


# ---- the server, in a process of its own


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.downloading", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        _servers[url] = child
        try:
            yield url
        finally:
            child.communicate("end\n")


_servers: dict[str, "subprocess.Popen[str]"] = {}


def _ask(url: str, question: str) -> str:
    child = _servers[url]
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(question + "\n")
    child.stdin.flush()
    return child.stdout.readline().strip()


def serve(folder: Path) -> None:
    """Serves both files, one of them slowly as well; answers questions about what it sent."""
    with MisbehavingServer() as server:
        for prefix, rate in (("", 0.0), ("/slow", RATE)):
            for name in ("full", "slow"):
                path = f"{prefix}{FOLDER}/{name}.safetensors"
                server.put(path, folder / f"{name}.safetensors")
                if rate:
                    server.always(path, Slow(rate))
            manifest = "slow" if prefix else "full"
            server.put(f"{prefix}{FOLDER}/manifest.json", f'{{"files": ["{manifest}.safetensors"]}}'.encode())
        print(server.url, flush=True)
        base = 0
        for line in sys.stdin:
            question, _, number = line.strip().partition(" ")
            if question == "end":
                break
            if question == "reset":
                base = server.total
            if question == "until":
                wanted = base + int(number)
                server.until(lambda wanted=wanted: server.total >= wanted, 600)
            print(server.total - base, flush=True)


if __name__ == "__main__":
    main()
