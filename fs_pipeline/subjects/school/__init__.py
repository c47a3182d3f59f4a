"""Absence from school: I15 to I19, indicator 7."""
