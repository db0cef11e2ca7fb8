"""Sets of real pictures, made of what Debian packages. `scripts/prepare_pictures` puts the parts together."""
