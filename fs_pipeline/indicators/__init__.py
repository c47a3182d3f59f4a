"""The twenty indicators: a module a subject, a function an indicator."""
