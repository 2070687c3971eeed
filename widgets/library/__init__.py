"""Documents and their pages, with thumbnails."""
