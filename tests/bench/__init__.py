"""Benchmarks: run by hand, each prints ratios of things measured side by side in one run; none of them is a test."""
