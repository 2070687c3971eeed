"""What is running: one line in the status bar that opens to a list."""
