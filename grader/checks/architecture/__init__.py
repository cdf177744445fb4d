"""Checks of a model's layer table: its layers, counts, output shape and budget."""
