"""Attendances and admissions at hospital: indicators 8 and 9."""
