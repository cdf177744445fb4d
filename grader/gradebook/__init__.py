"""The append-only store of grades.

open_gradebook(target) ─▶ Gradebook.begin ─▶ run ─▶ Gradebook.record
                            Gradebook.find, .settled, .latest, .environments ◀─ rows
"""

from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.opening import shown
from grader.gradebook.rows import is_settled

__all__ = ["Gradebook", "is_settled", "open_gradebook", "shown"]
