"""Renderings of grades. A report judges nothing: every mark it shows was given before.

    record.py    JSON, for programs            sheet.py   CSV, for spreadsheets
    terminal.py  tables, for a terminal        html/      pages, for people

What they share: ``standings`` (students by exercises), ``exhibits`` (material read with care),
``handout`` (what a student may see), ``prose`` and ``points`` (texts and numbers), ``atomic`` (files).
"""
