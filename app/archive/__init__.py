"""The archive on disk: the folder a person works in, with its database, its scans and the history of every text."""

from app.archive.store import Archive
from app.archive.values import DocumentInfo, NewPage, PageEdit, PageInfo, TextVersion

__all__ = ["Archive", "DocumentInfo", "NewPage", "PageEdit", "PageInfo", "TextVersion"]
