"""One contender a file: `python -m benchmarks.contenders.NAME SPECIFICATION RESULT`, both JSON."""
