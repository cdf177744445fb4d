"""What helps an author before a question is put to students: ``grader prove``."""
