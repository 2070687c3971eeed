"""Find and replace: what was found as a list to look through, and the actions on it."""
