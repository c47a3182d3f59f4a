"""The Dagster instance of a state folder: its records, locks, alerts, and what is forgotten in time."""
