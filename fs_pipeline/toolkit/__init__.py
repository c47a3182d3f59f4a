"""What the toolkit says, once, as data: kinds of value, fields, extracts, tables, decisions, the programme's settings.

Nothing here computes a figure, opens a supplier's file or imports another package of ours.
"""
