"""Where the person is: the page in view, and how far its review has come."""

from app.language import tr, trn
from widgets.desk import Desk


def place_text(desk: Desk) -> str:
    """The page's number, how many of its lines are reviewed and what comes first; empty without a page."""
    page = desk.page
    info = desk.infos.get(page.id) if page else None
    if info is None:
        return ""
    document = next(document for document in desk.documents if document.id == info.document)
    where = tr("Page {number} of {count}").format(number=info.number, count=document.pages)
    done = trn("{done} of {count} line reviewed", "{done} of {count} lines reviewed", info.lines)
    far = done.format(done=info.reviewed, count=info.lines) if info.lines else tr("no lines yet")
    first = ""
    if not info.lines:
        first = tr("Find lines, or draw one.")
    elif not info.read:
        first = tr("Read the page, or type what a line says.")
    return " · ".join(filter(None, [where, far, first]))
