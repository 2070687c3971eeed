"""Our way from kraken's heatmaps to regions, baselines and boundaries: the same as kraken's own, point by point."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SIDE_BY_SIDE = Path(__file__).with_name("kraken_side_by_side.py")
ROOT = Path(__file__).resolve().parent.parent.parent

# Typewritten pages are compared with kraken's in test_kraken_engine.py, network included.
PAGES = (
    "data/wills/TestamentsDePoilus_will_AD78_0063-0.jpg",
    "data/peraire/train/B.1b.europe-centrale_0005.jpg",
)


@pytest.fixture(scope="module")
def side_by_side(shared: Path) -> dict[str, Any]:
    """What came out of kraken's steps and of ours."""
    command = [sys.executable, "-W", "ignore", str(SIDE_BY_SIDE), *(str(shared / page) for page in PAGES)]
    env = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(("step", "at_least"), [("baselines", 20), ("regions", 1), ("boundaries", 20)])
def test_a_page_comes_out_as_by_kraken_itself(side_by_side: dict[str, Any], step: str, at_least: int) -> None:
    pages = side_by_side["pages"][step]
    assert len(pages) == len(PAGES)
    assert all(page["compared"] >= at_least for page in pages)
    assert [page["differ"] for page in pages] == [0, 0]


def test_the_network_says_the_same_on_two_cores_to_the_last_bit(side_by_side: dict[str, Any]) -> None:
    assert side_by_side["pages"]["networks"] == [{"compared": 1, "differ": 0}]


@pytest.mark.parametrize(
    ("step", "at_least"), [("surroundings", 30), ("outlines", 100), ("ridges", 100_000), ("noise", 2)]
)
def test_odd_shapes_come_out_as_by_kraken_itself(side_by_side: dict[str, Any], step: str, at_least: int) -> None:
    found = side_by_side["made up"][step]
    assert found["compared"] >= at_least
    assert found["differ"] == 0


def test_kraken_s_own_function_decides_about_few_lines_only(side_by_side: dict[str, Any]) -> None:
    found = side_by_side["made up"]["surroundings"]
    assert 0 < found["handed over"] < found["compared"] / 2
