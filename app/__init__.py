"""The core of Lesepult: everything a reading desk does, without a window and without an engine."""
