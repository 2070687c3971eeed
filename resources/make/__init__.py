"""Scripts that make the files which the program ships."""
