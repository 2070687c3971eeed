"""PAGE XML: a page written as version 2019-07-15, and pages read that other programs or this one wrote.

What PAGE has no word for stands in its standard `custom` attribute: `readingOrder` and `structure` as Transkribus
uses them, and `lesepult` with how far a line is, who drew it, and which engine and model read it.
Format: https://github.com/PRImA-Research-Lab/PAGE-XML
"""

from app.groundtruth.page_xml.reader import PageFile, read
from app.groundtruth.page_xml.writer import lines_to_write, write

__all__ = ["PageFile", "lines_to_write", "read", "write"]
