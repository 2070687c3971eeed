"""The pictures of every screen: they come, at the scale that was asked for, and none of them is empty."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from tests.screens import SIZE


def test_every_screen_is_rendered_and_shows_something(shared: Path, tmp_path: Path) -> None:
    asked = ["--language", "es", "--theme", "dark", "--scale", "2"]
    subprocess.run([sys.executable, "-m", "tests.screens", str(tmp_path), *asked], check=True, capture_output=True)

    pictures = {file.stem.partition("-")[2]: Image.open(file) for file in tmp_path.glob("*.png")}

    assert {"welcome", "page", "suggestion", "history", "models", "page without lines"} <= set(pictures)
    assert pictures["welcome"].size == (2 * SIZE[0], 2 * SIZE[1])
    colours = {name: len(picture.convert("RGB").getcolors(1 << 24) or ()) for name, picture in pictures.items()}
    assert min(colours.values()) > 8, colours
