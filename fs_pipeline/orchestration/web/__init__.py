"""The web server of the UI: Dagster's own, behind a guard."""
