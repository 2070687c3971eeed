"""The model manager's window: what is on this computer, what is on its way, and what can be had."""
