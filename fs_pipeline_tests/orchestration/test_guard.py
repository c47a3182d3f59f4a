"""The UI takes no orders from other web pages: a real server, real requests and web sockets, a real browser.

The order is to delete the record of a run. 0.7.1 obeyed it from anywhere; at the end it is obeyed from the right place.
"""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlsplit

import pytest
from selenium.webdriver.common.by import By
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from fs_pipeline_tests.orchestration.chromium import FOREIGN, needs_chromium
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.served import asked, serving

pytestmark = pytest.mark.slow

PROXY = "kpi.council.example"
RUNS = "{ runsOrError { ... on Runs { results { runId } } } }"
REPORTS = '{ assetOrError(assetKey: {path: ["not", "ours"]}) { ... on Asset { %s { runId } } } }'
REPORTED = "/report_asset_{}/not/ours?partition=2017-10-01&check_name=invented&passed=true&data_version=1"
JSON, TEXT, GRAPHQL = "application/json", "text/plain", "application/graphql"
DISGUISED = "text/plain; application/json"
"""A page may send this type anywhere without asking, and Dagster takes it for JSON."""


@pytest.fixture(scope="module")
def address(ordinary, tmp_path_factory) -> Iterator[str]:
    """Where `fs-pipeline ui` serves a copy of the ordinary folder; a reverse proxy may ask under PROXY too."""
    folder = tmp_path_factory.mktemp("guarded")
    home = shutil.copytree(ordinary, folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FS_PIPELINE_UI_HOSTS", PROXY)
        with serving(home, folder / "ui.log") as where:
            yield where


def runs(address: str) -> list[str]:
    return sorted(run["runId"] for run in asked(address, RUNS)["runsOrError"]["results"])


def reported(address: str) -> list[dict]:
    """What was reported of an asset that nobody makes."""
    kinds = ("assetMaterializations", "assetObservations")
    return [event for kind in kinds for event in asked(address, REPORTS % kind)["assetOrError"][kind]]


def deletion(run: str) -> str:
    return f'mutation {{ deletePipelineRun(runId: "{run}") {{ __typename }} }}'


def sent(address: str, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    """The status and the body of the answer. Headers: `content_type`, `origin`, `host`, `accept`."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body.encode() or None, names)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    ("method", "content_type", "origin", "host", "status"),
    [  # SELF stands for the UI's own address, blank for a header that is not sent
        ("GET", "", "", "SELF", 405),
        ("GET", "", "http://other.example", "SELF", 403),
        ("HEAD", "", "", "SELF", 405),
        ("POST", "", "", "SELF", 415),
        ("POST", TEXT, "", "SELF", 415),
        ("POST", GRAPHQL, "", "SELF", 415),
        ("POST", DISGUISED, "", "SELF", 415),
        ("POST", "application/x-www-form-urlencoded", "SELF", "SELF", 415),
        ("PUT", JSON, "SELF", "SELF", 415),
        ("DELETE", JSON, "SELF", "SELF", 415),
        ("OPTIONS", "", "http://other.example", "SELF", 403),
        ("POST", JSON, "http://other.example", "SELF", 403),
        ("POST", JSON, "http://127.0.0.1:1", "SELF", 403),
        ("POST", JSON, "http://localhost:1", "SELF", 403),
        ("POST", JSON, "null", "SELF", 403),
        ("POST", JSON, "", FOREIGN, 400),
        ("POST", JSON, f"http://{FOREIGN}", FOREIGN, 400),
        ("POST", JSON, "SELF", FOREIGN, 400),
        ("POST", JSON, "", f"{PROXY}.{FOREIGN}", 400),
        ("POST", JSON, f"https://{PROXY}:8443", PROXY, 403),
    ],
)
def test_an_order_that_comes_otherwise_than_from_the_ui_is_refused(address, method, content_type, origin, host, status):
    before = runs(address)
    own = urlsplit(address).netloc
    headers = {"content_type": content_type, "origin": origin.replace("SELF", address), "host": host}
    headers = {name: value.replace("SELF", own) for name, value in headers.items() if value}
    order = deletion(before[0])
    body = json.dumps({"query": order}) if "json" in content_type else order if method == "POST" else ""
    assert sent(address, method, f"/graphql?query={quote(order)}", body, **headers)[0] == status
    for kind in ("materialization", "check", "observation") if method == "POST" else ():
        assert sent(address, method, REPORTED.format(kind), "{}", **headers)[0] == status
    assert runs(address) == before
    assert not reported(address)


@contextmanager
def web_socket(address: str, host: str, origin: str | None) -> Iterator[ClientConnection]:
    """A web socket to the UI, which says that it wants this host, and comes from that page."""
    where = urlsplit(address)
    with (
        socket.create_connection((where.hostname, where.port)) as line,
        connect(f"ws://{host}/graphql", sock=line, origin=origin, subprotocols=["graphql-ws"]) as opened,
    ):
        yield opened


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("SELF", "http://other.example", 403),
        ("SELF", "http://127.0.0.1:1", 403),
        ("SELF", "null", 403),
        (FOREIGN, f"http://{FOREIGN}", 400),
        (FOREIGN, None, 400),
    ],
)
def test_a_web_socket_of_another_page_is_not_opened(address, host, origin, status):
    with (
        pytest.raises(InvalidStatus) as refused,
        web_socket(address, host.replace("SELF", urlsplit(address).netloc), origin),
    ):
        pass
    assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("host", "origin"), [("SELF", "SELF"), ("SELF", None), (PROXY, f"https://{PROXY}"), (f"{PROXY}:8443", None)]
)
def test_a_web_socket_of_the_ui_is_opened_and_runs_no_mutation(address, host, origin):
    before = runs(address)
    own = urlsplit(address).netloc
    with web_socket(address, host.replace("SELF", own), origin and origin.replace("SELF", address)) as opened:
        opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(opened.recv(30)) == {"type": "connection_ack"}
        opened.send(json.dumps({"type": "start", "id": "1", "payload": {"query": deletion(before[0])}}))
        assert json.loads(opened.recv(30))["type"] == "error"
    assert runs(address) == before


def test_reading_goes_on(address):
    for path in ("/", "/runs", "/server_info", "/robots.txt"):
        assert sent(address, "GET", path)[0] == 200
    assert "GraphiQL" in sent(address, "GET", f"/graphql?query={quote(RUNS)}", accept="text/html")[1]
    question = json.dumps({"query": RUNS})
    for more in ({}, {"origin": address}, {"host": PROXY, "origin": f"https://{PROXY}"}, {"host": f"{PROXY}:8443"}):
        assert sent(address, "POST", "/graphql", question, content_type=f"{JSON}; charset=utf-8", **more)[0] == 200


PAGE = """<body><form method=post enctype=text/plain target=posted action='{address}/graphql?query={order}'></form>
<iframe name=posted></iframe><iframe id=framed src='{address}/runs'></iframe>
<img src='{address}/graphql?query={order}'><script>
const order = decodeURIComponent("{order}"), body = JSON.stringify({{query: order}}), tried = [];
const send = (type, mode, method = "POST") => fetch("{address}/graphql?query={order}",
  method == "GET" ? {{mode}} : {{method, mode, body, headers: {{"Content-Type": type}}}});
const socket = new Promise(done => {{
  const opened = new WebSocket("{address}".replace("http", "ws") + "/graphql", "graphql-ws");
  opened.onopen = () => done("opened"); opened.onerror = () => done("refused"); }});
const report = fetch("{address}/report_asset_materialization/not/ours", {{method: "POST", mode: "no-cors"}});
document.forms[0].submit();
Promise.allSettled([socket, report, send("{disguised}", "no-cors"), send("application/json", "cors"),
  send("application/json", "no-cors"), send("", "no-cors", "GET"), new Promise(done => setTimeout(done, 2000))])
.then(ended => {{ document.title = "web socket " + ended[0].value }});
</script></body>"""


@contextmanager
def page_elsewhere(content: str) -> Iterator[str]:
    """The address of a page that another server has."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{FOREIGN}:{server.server_port}/"
        server.shutdown()


@needs_chromium
def test_pages_in_a_browser(address, browser, tmp_path: Path):
    """A page elsewhere tries all that a page can; then the UI's own page gives the same order."""
    before = runs(address)
    with page_elsewhere(PAGE.format(address=address, order=quote(deletion(before[0])), disguised=DISGUISED)) as page:
        browser.get(page)
        browser.implicitly_wait(60)
        assert browser.find_elements(By.XPATH, "//title[starts-with(., 'web socket')]")
        assert browser.title == "web socket refused"
        browser.switch_to.frame("framed")
        assert "dagster" not in browser.page_source.lower()  # the browser's own page says that it may not be shown
    assert runs(address) == before
    assert not reported(address)

    browser.get(f"http://{FOREIGN}:{urlsplit(address).port}/runs")  # its name means this machine now
    assert "Invalid host header" in browser.page_source

    browser.get(f"{address}/runs")
    ways = """const [order, done] = arguments, where = location.host;
      const opened = new WebSocket("ws://" + where + "/graphql", "graphql-ws");
      opened.onopen = () => fetch("/graphql", {method: "POST", body: JSON.stringify({query: order}),
        headers: {"Content-Type": "application/json"}}).then(answer => answer.text()).then(done);
      opened.onerror = () => done("no web socket");"""
    assert "DeletePipelineRunSuccess" in browser.execute_async_script(ways, deletion(before[0]))
    assert runs(address) == before[1:]


def test_a_command_line_gives_orders(address):
    before = runs(address)
    assert asked(address, deletion(before[0]))["deletePipelineRun"]["__typename"] == "DeletePipelineRunSuccess"
    assert runs(address) == before[1:]
    assert sent(address, "POST", REPORTED.format("materialization"), "{}", content_type=JSON)[0] == 200
    assert reported(address)


@pytest.mark.parametrize(
    "names", ["*", "https://kpi.council.example", "kpi.council.example:443", "*.example", "a b..c"]
)
def test_what_is_no_name_of_a_host_is_said_before_the_ui_starts(home, monkeypatch, names):
    monkeypatch.setenv("FS_PIPELINE_UI_HOSTS", names)
    ended = fs_pipeline(home, "ui")
    assert (ended.code, "FS_PIPELINE_UI_HOSTS: host names" in ended.err) == (2, True)
