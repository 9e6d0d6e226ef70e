"""What the console costs in time, bytes, processor and memory: a script a promise, run by hand, never by the suite.

`python -m tests.benchmarks.NAME [rounds]`; docs/speed.md tells the promises and what was measured.
"""
