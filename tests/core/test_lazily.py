"""Names that are imported when somebody asks for them."""

import subprocess
import sys

import pytest

from app import archive, scans
from app.lazily import names_from


@pytest.mark.parametrize("package", [archive, scans])
def test_every_name_is_there(package: object) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        assert getattr(package, name) is not None


def test_an_unknown_name_is_no_attribute() -> None:
    package = {"__name__": "app.scans"}
    with pytest.raises(AttributeError, match="nowhere"):
        names_from(package, previews=("preview",))("nowhere")


def test_the_window_is_imported_without_what_only_an_archive_needs() -> None:
    heavy = ("sqlalchemy", "PIL", "numpy", "pypdfium2", "lxml", "alembic", "requests", "shapely", "psutil")
    script = f"import sys, widgets.start; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
