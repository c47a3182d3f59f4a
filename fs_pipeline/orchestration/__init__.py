"""All that knows Dagster: partitions, assets, checks, jobs and automation here, its instance in `instance`.

Beside it only `definitions` and `region_definitions` above, by which Dagster loads this, and the command line, which
opens the instance. What is made, and whether it is fresh, is decided in `ledger`.
"""
