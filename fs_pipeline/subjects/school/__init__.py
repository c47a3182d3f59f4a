"""Absence from school: I15 to I17, indicator 7."""
