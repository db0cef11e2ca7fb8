"""Tables of what there is to check, and what is composed for several tests."""
