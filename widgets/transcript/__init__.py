"""The lines of the page with their images and texts, and the line that is being written."""
