"""The only code that shares a process with a student.

It compares nothing, knows no expected value, and imports nothing of ours but nouns, codec and errors.
"""
