"""Dagster's web server behind the guard; with `dev` in front, `dagster dev` with that web server. Only `ui` starts it.

The arguments are those of `dagster-webserver`, or of `dagster dev`.
"""

from __future__ import annotations

import sys

from dagster_webserver.cli import cli as dagster_webserver
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from fs_pipeline.orchestration.instance.dagster_private import dev_with_web_server
from fs_pipeline.orchestration.web.guard import OwnPagesOnly
from fs_pipeline.store.state import State


def guard_web_server() -> None:
    """Puts the guard before every web server of Dagster's that this process makes."""
    hosts = State.from_environment().ui_hosts
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), Middleware(OwnPagesOnly)]
    dagsters = DagsterWebserver.build_middleware

    DagsterWebserver.build_middleware = lambda server: [*guards, *dagsters(server)]  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    if sys.argv[1] == "dev":
        dev_with_web_server(__package__)(sys.argv[2:])
    else:
        guard_web_server()
        dagster_webserver()
