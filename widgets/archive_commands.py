"""What the archive's actions do: ask for a file or a folder, and hand it to the desk."""

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.archive import DocumentInfo
from app.language import tr
from widgets.desk import Desk
from widgets.export_dialog import ExportDialog
from widgets.messages import MessageBar

_SCANS = "*.jpg *.jpeg *.png *.tif *.tiff *.pdf"


class ArchiveCommands:
    """The actions on the archive as a whole; what was typed is saved by the caller before."""

    def __init__(self, window: QWidget, desk: Desk, messages: MessageBar) -> None:
        self._window = window
        self._desk = desk
        self._messages = messages
        desk.trashed.connect(self._on_trashed)
        self._folders: dict[str, Path] = {}

    def new(self) -> None:
        """Asks for the name of a new folder and makes an archive in it."""
        title, start = tr("Create an archive in a new folder"), str(self._last("archives") / tr("My archive"))
        name, _ = QFileDialog.getSaveFileName(self._window, title, start, "", options=QFileDialog.Option.ShowDirsOnly)
        if name:
            self._folders["archives"] = Path(name).parent
            self._desk.create_archive(Path(name))

    def open(self) -> None:
        """Asks for an archive's folder and opens it."""
        name = QFileDialog.getExistingDirectory(self._window, tr("Open an archive"), str(self._last("archives")))
        if name:
            self._folders["archives"] = Path(name).parent
            self._desk.open_archive(Path(name))

    def import_scans(self) -> None:
        """Asks for scan files and imports them."""
        kinds = tr("Scans") + f" ({_SCANS})"
        names, _ = QFileDialog.getOpenFileNames(self._window, tr("Import scans"), str(self._last("scans")), kinds)
        if names:
            self._folders["scans"] = Path(names[0]).parent
        self._desk.import_scans([Path(name) for name in names])

    def export(self) -> None:
        """Asks what to export and where to, and exports it."""
        archive = self._desk.archive
        if archive is None:
            return
        dialog = ExportDialog(archive.folder.with_name(f"{archive.folder.name}-export"), self._window)
        dialog.wanted.connect(lambda folder, every: self._desk.export(folder, all_lines=every))
        dialog.open()

    def trash(self) -> None:
        """Puts the document of the page in view into the trash, and offers to bring it back."""
        page = self._desk.page
        if page is not None:
            self._desk.trash_document(self._desk.infos[page.id].document)

    def _on_trashed(self, document: DocumentInfo) -> None:
        message = tr("“{title}” is in the trash.").format(title=document.title)
        restore = partial(self._desk.restore_document, document.id)
        self._messages.offer(message, tr("Nothing of it is lost."), tr("Bring it back"), restore)

    def _last(self, kind: str) -> Path:
        """The folder in which something of this kind was chosen last in this session."""
        return self._folders.get(kind, Path.home())
