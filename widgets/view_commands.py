"""What the actions on the view of the page do: zoom for reading, turning, magnifier, look, and what shows on it."""

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

from app.language import tr
from app.looks import Look
from widgets.actions import Actions
from widgets.desk import Desk
from widgets.looks import Seen, paper_of
from widgets.looks_dialog import LooksDialog
from widgets.page_image import PyramidImage
from widgets.page_items import Overlays
from widgets.page_view import PageView
from widgets.transcript.panel import TranscriptPanel

if TYPE_CHECKING:
    from PIL import Image

TURNS = {"turn_right": 1, "turn_left": -1, "quarter_right": 90, "quarter_left": -90, "straight": 0}
"""By how many degrees each action turns the page, clockwise; 0 makes it straight."""
VIEW_ACTIONS = (*TURNS, "magnifier", "look")
"""What needs a page."""


class ViewCommands:
    """The actions on how the page is seen; connects them. None of them changes the page or its scan."""

    def __init__(self, desk: Desk, page_view: PageView, transcript: TranscriptPanel, actions: Actions) -> None:
        self._desk = desk
        self._view = page_view
        self._transcript = transcript
        self._seen = Seen()
        self._dialog: LooksDialog | None = None
        self._shown = {field.name: actions[f"show_{field.name}"] for field in fields(Overlays)}
        for name, action in self._shown.items():
            action.setChecked(getattr(Overlays(), name))
            action.toggled.connect(self._show)
        reading = actions["reading_zoom"]
        reading.triggered.connect(page_view.read_closely)
        page_view.reading_ended.connect(lambda: reading.setChecked(False))
        for name, degrees in TURNS.items():
            actions[name].triggered.connect(partial(self._turn, degrees))
        actions["magnifier"].toggled.connect(page_view.show_magnifier)
        actions["look"].triggered.connect(self.open_looks)
        desk.image_changed.connect(self._on_image)

    def open_looks(self) -> None:
        """Opens the sliders beside the page."""
        if self._dialog is None:
            self._dialog = dialog = LooksDialog(self._seen.look, self._view.window())
            dialog.changed.connect(self.show_look)
            dialog.finished.connect(self._forget)
        self._dialog.show()
        self._dialog.activateWindow()

    def show_look(self, look: Look) -> None:
        """Shows every page in this look from now on."""
        self._tell(Seen(look, self._seen.paper))
        if look.flatten and self._seen.paper is None and self._desk.image is not None:
            self._find_paper(self._desk.image)

    def _on_image(self, image: PyramidImage | None) -> None:
        if image is None:
            self._tell(Seen(self._seen.look))
        elif self._seen.look.flatten and self._seen.paper is None:
            self._find_paper(image)

    def _find_paper(self, image: PyramidImage) -> None:
        page = self._desk.page

        def then(paper: "Image.Image") -> None:
            if page is not None and self._desk.page is not None and self._desk.page.id == page.id:
                self._tell(Seen(self._seen.look, paper))

        self._desk.look_up(lambda: paper_of(image.levels[-1]), then)

    def _tell(self, seen: Seen) -> None:
        if seen != self._seen:
            self._seen = seen
            self._view.show_seen(seen)
            self._transcript.show_seen(seen)

    def _turn(self, degrees: int, _checked: bool = False) -> None:
        self._view.turn(degrees)
        angle = self._view.angle
        if not angle:
            said = tr("The page is straight.")
        elif angle <= 180:
            said = tr("Turned by {angle}° to the right.").format(angle=angle)
        else:
            said = tr("Turned by {angle}° to the left.").format(angle=360 - angle)
        self._desk.told.emit(said)

    def _forget(self) -> None:
        self._dialog = None

    def _show(self) -> None:
        self._view.show_overlays(Overlays(**{name: action.isChecked() for name, action in self._shown.items()}))
