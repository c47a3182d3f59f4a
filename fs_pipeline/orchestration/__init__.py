"""The only package that knows Dagster: partitions, the lake, assets, checks, jobs."""
