"""The state folder: atomic files, the lake of tables, what is kept of deliveries. Knows no indicator and no Dagster."""
