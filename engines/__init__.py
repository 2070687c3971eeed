"""The engines, each in a process of its own: the window never imports torch (ADR 7)."""
