"""What people are told of failures: in the log, by a real web server and a real mail server; it names nobody."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller

from fs_pipeline.orchestration.instance.alerting import alert
from fs_pipeline.store.state import State
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import FIRST
from fs_pipeline_tests.orchestration.test_nothing_personal import identifiers, occurring


@pytest.fixture
def webhook(monkeypatch) -> Iterator[list[dict[str, str]]]:
    """What a web server on this machine was sent."""
    sent: list[dict[str, str]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["Content-Type"] == "application/json"
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("FS_PIPELINE_ALERT_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook")
        yield sent
        server.shutdown()


class Mailbox:
    """Keeps every mail that is handed in."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str]] = []

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@contextmanager
def mail_server(box: Mailbox, monkeypatch) -> Iterator[None]:
    """A mail server on this machine, and the settings for it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setenv("FS_PIPELINE_SMTP", f"smtp://127.0.0.1:{port}")
    monkeypatch.setenv("FS_PIPELINE_ALERT_MAIL", "kpi-team@council.example")
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def mailbox(monkeypatch) -> Iterator[Mailbox]:
    """A mail server on this machine."""
    box = Mailbox()
    with mail_server(box, monkeypatch):
        yield box


def test_a_refused_extract_is_logged_posted_and_mailed_once(home, webhook, mailbox):
    known = identifiers(home)
    (home / "extracts" / FIRST.key / "cp_plans.csv").unlink()
    (home / "extracts" / FIRST.key / "care_periods.csv").write_bytes(b"\x00\x00")
    assert fs_pipeline(home, "run", FIRST.key).code == 3
    lines = (home / "alerts.log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 and sum("cp_plans" in line for line in lines) == 1
    (post,) = webhook
    assert post["text"].startswith("fs_pipeline: ") and ("cp_plans" in post["text"] or "care_periods" in post["text"])
    ((to, mail),) = mailbox.mails
    assert to == ["kpi-team@council.example"]
    assert "Subject: fs_pipeline: a run failed" in mail
    told = [post["text"].encode(), mail.encode(), *(line.encode() for line in lines)]
    assert occurring(known, told) == set()


def test_a_receiver_out_of_reach_is_noted_and_harms_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("FS_PIPELINE_ALERT_WEBHOOK", "http://127.0.0.1:9/secret-part")
    monkeypatch.setenv("FS_PIPELINE_ALERT_MAIL", "kpi-team@council.example")
    monkeypatch.setenv("FS_PIPELINE_SMTP", "smtp://someone:a-password@127.0.0.1:9")
    alert(State(tmp_path), "0123456789ab", "cp_plans is missing")
    log = State(tmp_path).alerts.read_text(encoding="utf-8")
    assert "cp_plans is missing" in log
    assert "the webhook could not be sent (ConnectionRefusedError)" in log
    assert "the mail could not be sent (ConnectionRefusedError)" in log
    assert "secret-part" not in log and "a-password" not in log


def test_without_settings_there_is_the_log_alone(tmp_path):
    alert(State(tmp_path), "0123456789ab", "one\nmessage " + "x" * 1000)
    (line,) = State(tmp_path).alerts.read_text(encoding="utf-8").splitlines()
    assert "run 01234567: one message xxx" in line and len(line) < 700


def test_the_log_is_bounded(tmp_path):
    state = State(tmp_path)
    state.alerts.write_text("x" * 1_100_000 + "\n", encoding="utf-8")
    alert(state, "0123456789ab", "again")
    assert state.alerts.stat().st_size < 1000
    assert Path(f"{state.alerts}.1").exists()


def test_a_mail_server_that_refuses_is_noted(tmp_path, monkeypatch):
    class Refusing(Mailbox):
        async def handle_DATA(self, _server, _session, _envelope):
            return "550 no"

    with mail_server(Refusing(), monkeypatch):
        alert(State(tmp_path), "0123456789ab", "cp_plans is missing")
    assert "the mail could not be sent (SMTPDataError)" in State(tmp_path).alerts.read_text(encoding="utf-8")
