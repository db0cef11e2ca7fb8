"""Several arrays as one vector an example, and the vector as the arrays again."""
