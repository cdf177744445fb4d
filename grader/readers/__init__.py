"""Reads what authors and students wrote: YAML, datasets, notebooks, scripts and folders."""
