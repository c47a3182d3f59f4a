"""The only package that knows Dagster: partitions, assets, checks, jobs, automation, and the instance."""
