"""What `fit` runs: steps, their loss and gradients, and the checks on them."""
