"""Grades deep-learning notebooks against a reference Keras model: true, safe, fast, fair, helpful."""

__version__ = "0.1.0"
