"""The bars: what is wanted most above everything else, and the tools beside the page, one under the other."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from app.language import tr
from widgets.actions import Actions
from widgets.icons import icon
from widgets.model_chooser import ModelChooser

TARGET = 44
"""How large a button is at least, in screen pixels, so that a hand hits it."""
_ICON = 24
_ICON_TO_TEXT = 1.5
_MODEL = "MODEL"
_GROUPS = (("import",), ("find", "read", _MODEL), ("undo", "redo"), ("fit", "reading_zoom", "magnifier"))
_WITHOUT_WORDS = ("undo", "redo")
_TOOL_GROUPS = (("select", "lasso"), ("line", "region"), ("points", "split", "split_region", "order"), ("box",))


class _Bar(QToolBar):
    """A bar of buttons with icons that grow with the program's texts; what does not fit goes behind an arrow."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._fit_icons()
        self._show_arrow()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follows the program's text size, and a change between light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_icons()
        elif event.type() == QEvent.Type.PaletteChange:
            self._show_arrow()

    def _show_arrow(self) -> None:
        """Gives the arrow behind which the rest is an icon of ours: Qt's own is black, in the dark too."""
        arrow = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if arrow is not None:
            arrow.setIcon(icon("more", self.palette()))

    def _fit_icons(self) -> None:
        size = max(round(_ICON_TO_TEXT * self.fontMetrics().height()), _ICON)
        self.setIconSize(QSize(size, size))

    def _add(self, actions: Actions, name: str) -> QToolButton:
        self.addAction(actions[name])
        button = self.widgetForAction(actions[name])
        assert isinstance(button, QToolButton)
        button.setMinimumHeight(TARGET)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


class Toolbar(_Bar):
    """What is wanted most, as icons and words."""

    def __init__(self, actions: Actions, models: ModelChooser) -> None:
        super().__init__(tr("Toolbar"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for group in _GROUPS:
            if group is not _GROUPS[0]:
                self.addSeparator()
            for name in group:
                if name == _MODEL:
                    self.addWidget(models)
                    continue
                button = self._add(actions, name)
                if name in _WITHOUT_WORDS:
                    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
                    button.setMinimumWidth(TARGET)
        self._read = self.widgetForAction(actions["read"])
        self._read.installEventFilter(self)
        actions["read"].changed.connect(self._keep_wide)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Lets the button that reads be as narrow as it may when its text has another size."""
        if event.type() == QEvent.Type.FontChange:
            self._read.setMinimumWidth(0)
        return super().eventFilter(watched, event)

    def _keep_wide(self) -> None:
        """What is chosen stands in its words: beside a button that grew and shrank all others would move."""
        self._read.setMinimumWidth(max(self._read.minimumWidth(), self._read.sizeHint().width()))


class ToolColumn(_Bar):
    """The tools beside the page, as icons; what each does is said under the pointer, and when it is taken."""

    def __init__(self, actions: Actions) -> None:
        super().__init__(tr("Tools"))
        self.setOrientation(Qt.Orientation.Vertical)
        for group in _TOOL_GROUPS:
            if group is not _TOOL_GROUPS[0]:
                self.addSeparator()
            for name in group:
                self._add(actions, f"tool_{name}").setMinimumWidth(TARGET)
