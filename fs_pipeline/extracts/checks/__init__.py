"""Cells checked against the contract: what is used, what is left out, what looks wrong."""
