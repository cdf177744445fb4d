"""The report for people: a page for the class, and two for each student.

    index.html           the class, for staff
    students/<slug>.html may be handed to that student
    staff/<slug>.html    everything

Pages stand alone: no script, no network, styles and plots inside.
"""

from grader.reports.html.writing import write_html

__all__ = ["write_html"]
