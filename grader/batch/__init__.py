"""Grades a whole class: several submissions at a time, each recorded the moment it is done."""
