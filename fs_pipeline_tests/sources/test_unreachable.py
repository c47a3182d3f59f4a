"""What is not there is not supplied; what does not answer is refused, whatever stands between: both are told apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from aiohttp import ClientTimeout
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.extracts.cells.deliveries import find_delivery
from fs_pipeline.extracts.cells.format_extracts import SourceError
from fs_pipeline.extracts.sources.source_files import find_files
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline_tests.literals import each
from fs_pipeline_tests.orchestration.command import fs_pipeline
from fs_pipeline_tests.orchestration.homes import BASELINE, deliver
from fs_pipeline_tests.sources.given import QUARTER, Given

MARAC = b"marac_id,person_id,referral_date\n1,P1,2017-08-03\n"


class Answers(BaseHTTPRequestHandler):
    """A file's name says how the server answers: `503.csv`, `200.csv`; `silent.csv` is not answered while it lives."""

    closing = threading.Event()
    index = b'<a href="200.csv">200.csv</a>'

    def do_GET(self) -> None:
        asked = self.path.rpartition("/")[2].partition(".")[0] or self.path.split("/")[1]
        if asked == "silent":
            self.closing.wait()
            return
        code = int(asked) if asked.isdecimal() else 200
        content = MARAC if self.path.endswith("csv") else self.index
        self.send_response(code)
        self.send_header("Content-Type", "text/csv" if self.path.endswith("csv") else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def http() -> Iterator[str]:
    Answers.closing.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        Answers.closing.set()
        server.shutdown()


def listed(url: str, home: Path) -> str:
    """How many files are found, or the fault in words."""
    try:
        return f"{len(find_files((url,), home, BASELINE, 'extracts.marac_referrals.files'))} files"
    except SourceError as fault:
        return str(fault)


@each("""
    file              | found
    200.csv           | 1 files
    {quarter}/200.csv | 1 files
    404.csv           | 0 files
    410.csv           | 0 files
    folder/*.csv      | 1 files
    404/*.csv         | 0 files
    400.csv           | ClientResponseError 400
    401.csv           | ClientResponseError 401
    403.csv           | ClientResponseError 403
    500.csv           | ClientResponseError 500
    503.csv           | ClientResponseError 503
    503/*.csv         | ClientResponseError 503
    silent.csv        | TimeoutError
    silent/*.csv      | TimeoutError
""")
def test_of_a_server_only_404_and_410_say_that_nothing_is_there(http, monkeypatch, tmp_path, file, found):
    monkeypatch.setitem(fsspec.config.conf, "http", {"client_kwargs": {"timeout": ClientTimeout(0.3)}})
    assert found in listed(f"{http}/{file}", tmp_path)


@each("""
    place
    http://127.0.0.1:1/marac.csv
    http://127.0.0.1:1/marac/*.csv
    http://no-such-host.invalid/marac.csv
    http://no-such-host.invalid/marac/*.csv
    ftp://127.0.0.1:1/marac.csv
    ftp://no-such-host.invalid/marac/*.csv
""")
def test_a_server_that_is_down_or_has_no_address_is_no_empty_one(tmp_path, place):
    assert "cannot be looked at" in listed(place, tmp_path)


def test_an_object_store(tmp_path, monkeypatch):
    """An object or a prefix that is not there, and then a store that is down."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    told = {"AWS_ENDPOINT_URL": "http://{}:{}".format(*server.get_host_and_port()), "AWS_DEFAULT_REGION": "us-east-1"}
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "invented")
    for name, value in (told | keys | {"AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(S3FileSystem, "retries", 1)
    S3FileSystem.clear_instance_cache()
    places = ("police/marac.csv", "police/other.csv", "police/*.csv", "health/*.csv")
    store = fsspec.filesystem("s3")
    store.mkdir("council")
    store.pipe_file("council/police/marac.csv", MARAC)
    assert [listed(f"s3://council/{place}", tmp_path) for place in places] == [
        "1 files",
        "0 files",
        "1 files",
        "0 files",
    ]
    server.stop()
    assert all("EndpointConnectionError" in listed(f"s3://council/{place}", tmp_path) for place in places)
    S3FileSystem.clear_instance_cache()


class Lost(fsspec.AbstractFileSystem):
    """As SFTP and shares are: the connection is made, and lost before anything is asked."""

    protocol = "lost"

    def info(self, path: str, **_: object) -> dict[str, object]:
        raise ConnectionResetError

    def ls(self, path: str, **_: object) -> list[str]:
        raise ConnectionResetError


@pytest.mark.parametrize("place", ["lost://share/marac.csv", "lost://share/*.csv", "lost://share/*/marac.csv"])
def test_a_connection_that_is_lost(tmp_path, place):
    fsspec.register_implementation("lost", Lost, clobber=True)
    assert "ConnectionResetError" in listed(place, tmp_path)


@each("""
    pattern          | found
    here/*.csv       | 1 files
    here/marac.csv   | 1 files
    here/other.csv   | 0 files
    away/*.csv       | 0 files
    away/marac.csv   | 0 files
    here/marac.csv/* | 0 files
    loop/marac.csv   | OSError
    loop/*.csv       | OSError
""")
def test_a_disk(tmp_path, pattern, found):
    """A link that leads back to itself stands for a disk or a share that cannot be read."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "marac.csv").write_bytes(MARAC)
    (tmp_path / "loop").symlink_to("loop")
    assert found in listed(pattern, tmp_path)


@each("""
    file                             | to      | refused
    extracts/2017-10-01              | itself  | yes
    extracts/2017-10-01              | nothing | no
    extracts/2017-10-01/cp_plans.csv | itself  | yes
    extracts/2017-10-01/cp_plans.csv | nothing | yes
""")
def test_a_delivery_that_its_folder_names_and_that_cannot_be_opened_is_refused(tmp_path, file, to, refused):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(path.name if to == "itself" else "nothing")
    try:
        assert find_delivery(tmp_path / "extracts", QUARTER, EXTRACTS["cp_plans"]) is None
        assert not refused
    except ExtractRefused as refusal:
        assert refused and "cannot be opened" in str(refusal)


def test_a_run_refuses_what_does_not_answer_and_keeps_the_last_good_version(tmp_path):
    """A server answers, and is down when the quarter is looked at again."""
    deliver(tmp_path, BASELINE, BASELINE)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        Given(tmp_path).says(f'[extracts.marac_referrals]\nfiles = "http://127.0.0.1:{server.server_port}/200.csv"\n')
        assert fs_pipeline(tmp_path, "run", BASELINE.key).code == 0
        server.shutdown()
    table = State(tmp_path).lake.path("extracts/marac_referrals", BASELINE)
    good = table.read_bytes()
    ended = fs_pipeline(tmp_path, "rerun")
    assert ended.code == 3 and "cannot be looked at (ClientConnectorError)" in " ".join(ended.err.split())
    assert table.read_bytes() == good
