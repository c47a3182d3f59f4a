"""What is made of what: the catalogue, versions, freshness, reading, receiving, exporting, explaining. No Dagster."""
