"""Reads what suppliers delivered, checks it against the contract, reports findings. Never computes a figure."""
