"""The launcher that `examples/celery.yaml` names: Dagster's for Celery, without its question after a task's health."""

from __future__ import annotations

from dagster_celery.launcher import CeleryRunLauncher


class CeleryLauncher(CeleryRunLauncher):
    """Runs are tasks of Celery workers.

    Whether a task goes on, its worker tells nobody (Celery's default): to run monitoring each would seem to be lost,
    and it would mark every run as failed that it finds at work. Runs that never start, will not stop or go on for
    ever are ended by it all the same.
    """

    supports_check_run_worker_health = False
