"""The command line, which uses tfvae like any other program.

It is a separate package because importing `tfvae` loads TensorFlow, which takes
seconds. Here that happens only once a command has work to do, so `--help`,
mistyped names and completion respond at once.
"""
