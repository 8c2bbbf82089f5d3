"""Benchmarks that compare with peers in one run."""
