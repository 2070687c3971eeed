"""Keys and gestures that belong to no action: one table, by the place where they work, for the list of shortcuts."""

from PySide6.QtGui import QKeySequence

from app.language import tr
from widgets.transcript.readings import MOST

Gestures = tuple[tuple[str, str], ...]
"""What is done, and by which keys or gestures."""


def native(*keys: str) -> str:
    """Keys as they stand on the keyboard, each name once: Enter and Return are called the same."""
    names = (QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
    return ", ".join(dict.fromkeys(names))


def gestures() -> dict[str, Gestures]:
    """The table of docs/desk.md: the gestures by the title of their place."""
    return {
        tr("On the page"): _page(),
        tr("While drawing"): _drawing(),
        tr("In the text"): _text(),
        tr("In the characters of old writing"): _characters(),
        tr("In find and replace"): _finding(),
        tr("Everywhere"): ((tr("Go through the parts"), native("Tab", "Shift+Tab")),),
    }


def _page() -> Gestures:
    return (
        (tr("Line after, line before"), native("Down", "Up")),
        (tr("Choose several lines, one after the other"), native("Shift+Down", "Shift+Up")),
        (tr("Choose one more line or region"), tr("Ctrl or Shift and click")),
        (tr("Choose all lines"), native("Ctrl+A")),
        (tr("Choose the region of the line"), native("G")),
        (
            tr("Move what is chosen"),
            native("Ctrl+Shift+Up", "Ctrl+Shift+Down", "Ctrl+Shift+Left", "Ctrl+Shift+Right"),
        ),
        (tr("Go to the text of the line"), _or(native("Enter"), tr("double click"))),
        (tr("Take back: the gesture, the cross, what is chosen, the tool"), native("Esc")),
        (tr("Scroll"), tr("wheel, two fingers")),
        (tr("Closer, away"), tr("Ctrl and wheel, pinch")),
        (tr("Whole page"), native("Ctrl+0")),
        (tr("Take hold of the page and move it"), tr("middle button and drag, Space and drag")),
    )


def _drawing() -> Gestures:
    return (
        (tr("Move the cross"), tr("arrow keys")),
        (tr("Move the cross by ten"), tr("Shift and arrow keys")),
        (tr("Set a point at the cross"), native("Space")),
        (tr("End the drawing"), _or(native("Enter"), tr("double click"))),
        (tr("Take the last point back"), native("Backspace")),
        (tr("Take everything back"), native("Esc")),
        (tr("Remove the point that was taken up"), native("Delete")),
    )


def _text() -> Gestures:
    return (
        (tr("Next line"), native("Enter", "Down")),
        (tr("Previous line"), native("Up")),
        (tr("Take a reading, or its word at the cursor"), " … ".join((native("Alt+1"), native(f"Alt+{MOST}")))),
        (tr("From the note back to the text"), native("Enter", "Esc")),
        (tr("Back to the page"), native("Esc")),
    )


def _characters() -> Gestures:
    return (
        (tr("Go from one to the next"), tr("arrow keys")),
        (tr("Put it into the text"), native("Enter", "Space")),
        (tr("Back to the text"), native("Esc")),
    )


def _finding() -> Gestures:
    return (
        (tr("Find next"), native("Enter")),
        (tr("Into the list of what was found"), native("Down")),
        (tr("Leave a line out, or take it in again"), native("Space")),
        (tr("Go to the line"), native("Enter")),
        (tr("Close"), native("Esc")),
    )


def _or(*ways: str) -> str:
    return ", ".join(ways)
