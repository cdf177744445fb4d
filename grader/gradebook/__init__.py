"""The append-only store of grades.

open_gradebook(target) ─▶ Gradebook.begin ─▶ run ─▶ Gradebook.record
                            Gradebook.find, .latest, .environment ◀─ rows
"""

from grader.gradebook.book import Gradebook, open_gradebook
from grader.gradebook.opening import shown

__all__ = ["Gradebook", "open_gradebook", "shown"]
