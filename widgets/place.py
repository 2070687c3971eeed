"""Where the person is: the page in view, and how far its review has come."""

from app.language import tr, trn
from widgets.desk import Desk


def place_text(desk: Desk) -> str:
    """The page's number and how many of its lines are reviewed, for the status line; empty without a page."""
    page = desk.page
    info = desk.infos.get(page.id) if page else None
    if info is None:
        return ""
    document = next(document for document in desk.documents if document.id == info.document)
    where = tr("Page {number} of {count}").format(number=info.number, count=document.pages)
    done = trn("{done} of {count} line reviewed", "{done} of {count} lines reviewed", info.lines)
    far = done.format(done=info.reviewed, count=info.lines) if info.lines else tr("no lines yet")
    return f"{where} · {far}"
