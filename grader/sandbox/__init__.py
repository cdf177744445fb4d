"""Where submissions run: the processes, the wall, and what crosses it."""
