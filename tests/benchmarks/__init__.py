"""Speed and memory, measured: ``python -m tests.benchmarks``. Limits are ratios to the floor of the same run."""
