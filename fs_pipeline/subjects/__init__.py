"""One folder a subject: its fields of each person, and its indicators."""
