"""Renderings of grades. A report judges nothing: every mark it shows was given before.

    record.py    JSON, for programs            sheet.py   CSV, for spreadsheets
    terminal.py  tables, for a terminal        html/      pages, for people
    junit.py     XML, for a CI's test view     markdown.py  a page, for a CI's summary
    classroom50.py  result.json, for Classroom 50

What they share: ``standings`` (students by exercises), ``exhibits`` (material read with care),
``handout`` (what a student may see), ``prose``, ``plain`` and ``points`` (texts and numbers), ``atomic``
(files), ``github`` and ``gitlab`` (what a runner obeys in a log).
"""
