"""The window: everything that imports Qt, on top of `app`."""
