"""The toolkit's fields: a module a subject, and the person and family levels that they add up to."""
