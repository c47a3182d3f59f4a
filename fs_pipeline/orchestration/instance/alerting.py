"""Tells people of failures: a line in `alerts.log`, and where it is set up a post to a webhook or a mail.

A message names quarter, table, file, row and fix, never a person: it repeats only what failures say, which are made
so. What is told of one run is sent once, and the rest of it only logged.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import dagster as dg
from filelock import FileLock

from fs_pipeline.store.state import State

_LONGEST = 600
_LARGEST_LOG = 1_000_000
_SECONDS_TO_SEND = 10
_PORTS = {"smtp": 25, "smtps": 465}


def alert_hook(state: State) -> dg.HookDefinition:
    """The hook of every asset: when it fails for good, or its blocking check does, people are told."""

    @dg.failure_hook(name="tell_people")
    def tell(context: dg.HookContext) -> None:
        alert(state, context.run_id, _what_failed(context))

    return tell


def alert(state: State, run: str, message: str) -> None:
    """Logs a message, and sends it unless one of the same run was sent. What cannot be sent is said in the log."""
    message = " ".join(message.split())
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 4] + " ..."
    state.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(state.locks / "alerts.lock"):
        told_already = _log(state, run, message)
    if told_already:
        return
    for way, send in (("webhook", _post), ("mail", _mail)):
        try:
            send(state, run, message)
        except (URLError, HTTPException, smtplib.SMTPException, OSError, ValueError) as fault:
            # neither the address nor the server's words: there may be a password in them
            why = getattr(fault, "code", "") or type(getattr(fault, "reason", fault)).__name__
            with FileLock(state.locks / "alerts.lock"):
                _log(state, run, f"the {way} could not be sent ({why}): see FS_PIPELINE_ALERT_* in README.md")


def _what_failed(context: dg.HookContext) -> str:
    """In the failure's own words; of anything that is not a Failure only what kind it is."""
    fault = context.op_exception
    if isinstance(fault, dg.Failure) and fault.description:
        return fault.description
    kind = type(fault).__name__ if fault else "failed"
    return f"{context.op.name.replace('__', '/')}: {kind}; see the run in the Dagster UI"


def _log(state: State, run: str, message: str) -> bool:
    """Adds a line to the log; whether it had one of that run before."""
    path, mark = state.alerts, f"run {run[:8]}: "
    earlier = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if len(earlier) > _LARGEST_LOG:
        path.replace(path.with_name(f"{path.name}.1"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {mark}{message}\n")
    return mark in earlier


def _post(state: State, run: str, message: str) -> None:
    """Posts `{"text": ...}`, which Teams, Slack, Mattermost and the like take."""
    if not state.alert_webhook:
        return
    if urlsplit(state.alert_webhook).scheme not in ("http", "https"):
        raise ValueError("no web address")
    content = json.dumps({"text": f"fs_pipeline: {message} (run {run[:8]})"}).encode()
    request = Request(state.alert_webhook, content, {"Content-Type": "application/json"})
    with urlopen(request, timeout=_SECONDS_TO_SEND):
        pass


def _mail(state: State, run: str, message: str) -> None:
    """Sends a mail to FS_PIPELINE_ALERT_MAIL through the server at FS_PIPELINE_SMTP."""
    if not state.alert_mail:
        return
    server = urlsplit(state.smtp)
    if server.scheme not in _PORTS or not server.hostname:
        raise ValueError("no mail server")
    mail = EmailMessage()
    mail["Subject"] = "fs_pipeline: a run failed"
    mail["From"] = mail["To"] = state.alert_mail
    mail.set_content(f"{message}\n\nRun {run}, in the Dagster UI. All of this run's failures: {state.alerts}\n")
    port = server.port or _PORTS[server.scheme]
    secure = ssl.create_default_context()
    connection = (
        smtplib.SMTP_SSL(server.hostname, port, timeout=_SECONDS_TO_SEND, context=secure)
        if server.scheme == "smtps"
        else smtplib.SMTP(server.hostname, port, timeout=_SECONDS_TO_SEND)
    )
    with connection:
        if server.scheme == "smtp" and connection.ehlo()[0] == 250 and connection.has_extn("starttls"):
            connection.starttls(context=secure)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(mail)
