"""Substance misuse treatment and its scores: indicators 10 to 13."""
