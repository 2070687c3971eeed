"""surya installs beside kraken and reads; wiring it in is a later matter."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_both_engines_import_together_and_surya_reads_the_shared_page(shared: Path) -> None:
    folder = shared / "models" / "surya"
    script = Path(__file__).with_name("surya_reads.py")
    command = [
        sys.executable, "-W", "ignore", str(script),
        str(folder / "text_recognition" / "2025_09_23"), str(folder / "page.png"), str(folder / "page.json"),
    ]  # fmt: skip
    env = dict(os.environ, TORCH_DEVICE="cpu", DISABLE_TQDM="1", HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    read = json.loads(done.stdout.splitlines()[-1])
    expected = [line["text"] for line in json.loads((folder / "page.json").read_text())["lines"]]
    assert read["texts"] == expected
    assert int(read["transformers"].split(".")[0]) < 5
