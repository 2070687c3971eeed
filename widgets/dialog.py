"""What every dialog of the program does: when it closes, the keyboard is where it was before."""

from PySide6.QtWidgets import QDialog


class Dialog(QDialog):
    """A dialog that gives its window the keyboard back; not every desktop does that for a dialog beside a window."""

    def done(self, result: int) -> None:
        """Closes, and activates the window again if the dialog was the active one; Escape and the frame come here."""
        parent = self.parentWidget()
        was_active = self.isActiveWindow()
        super().done(result)
        if was_active and parent is not None:
            parent.window().activateWindow()
