"""The toolbar: the actions that are wanted most, as words."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QToolBar, QToolButton, QWidget

from app.language import tr
from widgets.actions import Actions
from widgets.messages import BUTTON_HEIGHT
from widgets.model_chooser import ModelChooser

_GROUPS = (
    ("open", "import"),
    ("tool_select", "tool_line", "tool_region", "tool_box"),
    ("find", "read", "MODEL"),
    ("fit", "one_to_one"),
)


def fill_toolbar(window: QMainWindow, actions: Actions, models: ModelChooser) -> QToolBar:
    """Makes the window's toolbar; what does not fit goes behind an arrow at its end."""
    bar = QToolBar(tr("Toolbar"), window)
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for group in _GROUPS:
        if group is not _GROUPS[0]:
            bar.addSeparator()
        for name in group:
            if name == "MODEL":
                bar.addWidget(models)
                continue
            bar.addAction(actions[name])
            button = bar.widgetForAction(actions[name])
            if isinstance(button, QToolButton):
                button.setMinimumHeight(BUTTON_HEIGHT)
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    spacer = QWidget()
    spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(spacer)
    window.addToolBar(bar)
    return bar
