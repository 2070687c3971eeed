"""Every screen for everyone: names and roles for a screen reader, no word clipped in any language or size."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QRadioButton,
    QSizePolicy,
    QStyle,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import language
from app.errors import AppError
from widgets import text_size
from widgets.align_dialog import AlignDialog
from widgets.main_window import MainWindow

SCREENS = (
    "welcome",
    "page",
    "line",
    "find_text",
    "characters",
    "palette",
    "look",
    "export",
    "align",
    "models",
    "history",
    "shortcuts",
    "about",
    "jobs",
    "error",
)


@pytest.fixture(params=["de", "en", "es"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    language.use_language(request.param)
    yield request.param
    language.use_language("en")


@pytest.fixture(params=[100, 200], ids=["usual size", "twice the size"])
def size(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[int]:
    before = QFont(QApplication.font())
    text_size.apply(request.param)
    yield request.param
    QApplication.setFont(before)


@pytest.fixture
def show(
    spoken: str, make_window: Callable[..., MainWindow], archive_folder: object, qtbot: QtBot, monkeypatch: object
) -> Callable[[str], list[QWidget]]:
    """Shows a screen and returns the windows of it."""
    window = make_window()
    monkeypatch.setattr(window, "_on_settings", lambda _: None)  # type: ignore[attr-defined]

    window.resize(1500, 950)

    def shown(name: str) -> list[QWidget]:
        close_dialogs(window)
        if name != "welcome" and window.desk.image is None:
            window.open_archive(archive_folder)  # type: ignore[arg-type]
            qtbot.waitUntil(lambda: window.desk.image is not None)
        show_screen(window, name)
        qtbot.wait(100)
        return [window, *(each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not window)]

    return shown


def close_dialogs(window: MainWindow) -> None:
    for dialog in QApplication.topLevelWidgets():
        if dialog is not window and dialog.isVisible():
            dialog.close()


def show_screen(window: MainWindow, name: str) -> None:
    """Does what brings a screen up; most are an action of that name."""
    do, text = window.actions_by_name, window.transcript
    if name in ("line", "history", "palette", "characters"):
        text.go_to("l1")
    special: dict[str, Callable[[], object]] = {
        "welcome": lambda: None,
        "page": lambda: None,
        "line": lambda: None,
        "error": lambda: window.show_error(AppError(language.tr("The list could not be read."), "x" * 20)),
        "align": lambda: AlignDialog(window.desk.page, 1, window).open(),  # type: ignore[arg-type]
        "palette": lambda: (do["characters"].setChecked(True), text.characters.edit_button.click()),
        "history": do["line_history"].trigger,
    }
    (special[name] if name in special else do[name].trigger)()


def seen(windows: list[QWidget]) -> Iterator[QWidget]:
    for window in windows:
        yield from (each for each in window.findChildren(QWidget) if each.isVisible())


@pytest.mark.parametrize("spoken", ["en"], indirect=True)  # names are texts as all others, in every language
def test_what_takes_the_focus_has_a_name_and_a_role(show: Callable[[str], list[QWidget]]) -> None:
    nameless = []
    for screen in SCREENS:
        for widget in seen(show(screen)):
            internal = widget.objectName().startswith("qt_")  # Qt's own parts, spoken as what they are part of
            if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or internal or widget.focusProxy() is not None:
                continue
            spoken_as = QAccessible.queryAccessibleInterface(widget)
            name = spoken_as.text(QAccessible.Text.Name) if spoken_as else ""
            role = spoken_as.role() if spoken_as else QAccessible.Role.NoRole
            if not name.strip() or role == QAccessible.Role.NoRole:
                nameless.append((screen, type(widget).__name__, type(widget.parent()).__name__))
    assert nameless == []


def test_no_word_is_clipped(show: Callable[[str], list[QWidget]], size: int) -> None:
    clipped = [
        (screen, type(widget).__name__, text_of(widget), widget.width(), needs(widget))
        for screen in SCREENS
        for widget in seen(show(screen))
        if text_of(widget) and widget.width() + 1 < needs(widget)
    ]
    assert clipped == []


def text_of(widget: QWidget) -> str:
    if isinstance(widget, QLabel) and widget.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Ignored:
        return "" if widget.wordWrap() else widget.text()
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly:
        return ""
    if isinstance(widget, QAbstractButton):
        return widget.text()
    return ""


def needs(widget: QWidget) -> int:
    """How wide a widget must be for its text."""
    if isinstance(widget, QLabel):
        return widget.sizeHint().width()
    words = widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text_of(widget)).width()
    if isinstance(widget, QCheckBox | QRadioButton):
        return words + widget.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
    if isinstance(widget, QToolButton) and not widget.icon().isNull():
        return words + widget.iconSize().width()
    return words


def test_a_letter_is_a_tool_on_the_page_alone(open_window: MainWindow, qtbot: QtBot) -> None:
    for elsewhere in (open_window.library.tree, open_window.transcript.list):
        elsewhere.setFocus()
        for letter in "vqlresobmt":
            qtbot.keyClick(elsewhere, letter)
        assert open_window.page_view.tool() == "select"
        assert not open_window.actions_by_name["magnifier"].isChecked()
    open_window.page_view.setFocus()
    qtbot.keyClick(open_window.page_view, "l")
    assert open_window.page_view.tool() == "line"


def test_no_key_is_one_that_a_system_adds(open_window: MainWindow) -> None:
    """Each key is named by us: Qt's standard keys differ by system, and one of them meant two things on Linux."""
    actions = [action for entries in open_window.actions_by_name.all().values() for action in entries]
    named = {
        "delete": ["Del", "Backspace"],
        "redo": ["Ctrl+Y", "Ctrl+Shift+Z"],
        "accept": ["Ctrl+D"],
        "new": ["Ctrl+N"],
    }
    for name, keys in named.items():
        assert [key.toString() for key in open_window.actions_by_name[name].shortcuts()] == keys
    # Ctrl+Shift+U begins a code point in the input methods of Linux.
    assert not any(key.toString() == "Ctrl+Shift+U" for action in actions for key in action.shortcuts())


def test_every_action_of_the_menus_has_a_tip_and_no_key_twice(open_window: MainWindow) -> None:
    actions = [action for entries in open_window.actions_by_name.all().values() for action in entries]
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert sorted(keys) == sorted(set(keys))
    assert [action.text() for action in actions if not action.toolTip()] == []
