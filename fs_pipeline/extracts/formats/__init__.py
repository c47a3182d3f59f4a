"""The readers of formats that councils already have: one module a format, files or tables in, extracts out."""
