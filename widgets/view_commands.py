"""What the actions on the view of the page do: the reading zoom, and what of lines and regions shows."""

from dataclasses import fields

from widgets.actions import Actions
from widgets.page_items import Overlays
from widgets.page_view import PageView


class ViewCommands:
    """The checkable actions on how the page is seen; connects them. None of them changes the page or its scan."""

    def __init__(self, page_view: PageView, actions: Actions) -> None:
        self._view = page_view
        self._shown = {field.name: actions[f"show_{field.name}"] for field in fields(Overlays)}
        for name, action in self._shown.items():
            action.setChecked(getattr(Overlays(), name))
            action.toggled.connect(self._show)
        reading = actions["reading_zoom"]
        reading.triggered.connect(page_view.read_closely)
        page_view.reading_ended.connect(lambda: reading.setChecked(False))

    def _show(self) -> None:
        self._view.show_overlays(Overlays(**{name: action.isChecked() for name, action in self._shown.items()}))
