"""Training that must arrive where mathematics or the literature says."""
