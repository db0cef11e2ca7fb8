"""Where a step runs: on which replicas, and whether as one XLA program."""
