"""Caseloads and waiting lists: indicator 14."""
