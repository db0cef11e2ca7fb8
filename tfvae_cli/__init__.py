"""The command line, a user of tfvae like any other.

A package of its own, since importing `tfvae` loads TensorFlow, which takes
seconds: here that happens once a command has something to do, and `--help`,
mistyped names and completion answer at once.
"""
