"""The files that people write to set the pipeline up: programme, sources, partners, region."""
