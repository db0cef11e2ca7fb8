"""The benchmark's parts. `scripts/benchmark` puts them together; each contender is a program of its own."""
