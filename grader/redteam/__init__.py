"""Attacks this installation with every technique known, and says which were held."""
