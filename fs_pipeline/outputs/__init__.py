"""What is put together from the subjects: person and family level, all figures, before and after, the region."""
