"""Opens the real window on an archive and types for ever: `python typing_desk.py ARCHIVE`.

After every key it prints what stands in the line so far, so that whoever kills it knows what a person had typed.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from widgets.start import make_application, make_window

WORDS = "liebe mutter wir sind gut angekommen und denken an euch "


def main() -> None:
    """Types a key every 20 milliseconds into the first line of the first page."""
    app = make_application()
    window = make_window(app)
    window.show()
    window.open_archive(Path(sys.argv[1]))
    timer = QTimer()

    def type_one() -> None:
        editor = window.transcript.editor.text
        if window.transcript.current is None:
            if window.desk.image is not None and window.desk.page is not None:
                window.transcript.go_to(window.desk.page.lines[0].id)
            return
        typed = editor.toPlainText()
        QTest.keyClicks(editor, WORDS[len(typed) % len(WORDS)])
        print(editor.toPlainText(), flush=True)

    timer.timeout.connect(type_one)
    timer.start(20)
    app.exec()


if __name__ == "__main__":
    main()
