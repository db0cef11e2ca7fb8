"""How parts are composed into one model."""
