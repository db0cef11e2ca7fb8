"""Checks of a model's inputs, which refuse bad ones before the first step."""
