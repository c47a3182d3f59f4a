"""The web server of the UI: Dagster's own, behind a guard, so that no other web page gives it orders.

`python -m` it with the arguments of `dagster-webserver`; with `dev` in front, it is `dagster dev` with that web server,
and takes the arguments of that. Only `fs-pipeline ui` starts it.

Any page can make the browser of whoever reads it send requests to 127.0.0.1. It cannot choose their Host and Origin,
nor send JSON, where the server does not say that it may; Dagster's asks for none of these.
"""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from dagster_webserver.cli import cli as dagster_webserver
from dagster_webserver.webserver import DagsterWebserver
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fs_pipeline.orchestration.instance.dagster_private import dev_with_web_server
from fs_pipeline.store.state import State

_READS = frozenset({"GET", "HEAD"})


class OwnPagesOnly:
    """Lets reading through, and orders from the UI's own pages or from programs that are no browser.

    A request or a web socket whose Origin is another address than its Host is refused; one without an Origin comes from
    a command line, as browsers send one with every order. An order is a POST of JSON, whatever it is for.
    No other page may show the UI in a frame, in which a click would be an order.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request itself, or has the app answer it."""

        async def send_unframed(message: Message) -> None:
            if message["type"].endswith("response.start"):
                MutableHeaders(scope=message)["X-Frame-Options"] = "SAMEORIGIN"
            await send(message)

        refusal = None if scope["type"] == "lifespan" else _refusal(scope)
        await (refusal or self.app)(scope, receive, send_unframed)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    """The answer to what is refused; None to what may pass."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return _refused(403, "This comes from another web page. A reverse proxy has to pass on the browser's Host.")
    if scope["type"] == "websocket":
        return None
    if scope["method"] not in _READS:
        if scope["method"] != "POST" or headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _refused(415, "Send it by POST, as application/json.")
    elif scope["path"].endswith("/graphql") and "text/html" not in headers.get("accept", ""):
        return _refused(405, "Send GraphQL by POST, as application/json.")  # as HTML it is Dagster's page for questions
    return None


def _refused(status: int, words: str) -> PlainTextResponse:
    return PlainTextResponse(f"fs-pipeline ui: {words}\n", status)


def guard_web_server() -> None:
    """Puts the guard before every web server of Dagster's that this process makes."""
    hosts = State.from_environment().ui_hosts
    guards = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False), Middleware(OwnPagesOnly)]
    dagsters = DagsterWebserver.build_middleware

    DagsterWebserver.build_middleware = lambda server: [*guards, *dagsters(server)]  # type: ignore[assignment, method-assign]  # no public way


if __name__ == "__main__":
    if sys.argv[1] == "dev":
        dev_with_web_server("fs_pipeline.orchestration.web")(sys.argv[2:])
    else:
        guard_web_server()
        dagster_webserver()
