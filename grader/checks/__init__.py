"""Judgement: facts and reference facts in, findings out. Nothing here runs or trusts a student's code."""
