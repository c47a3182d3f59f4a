"""The invented authority: linked synthetic extracts for demonstrations and tests, clean or with planted faults."""
