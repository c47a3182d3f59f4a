"""The Dagster UI in a real browser: graph, a backfill from the dialog, a plot. It makes the README's screenshots.

`pytest -n 0 fs_pipeline_tests/orchestration/test_browser.py --pictures fs_pipeline_tests/pictures` writes them anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.definitions import definitions
from fs_pipeline.orchestration.running import Runner
from fs_pipeline.store.state import State
from fs_pipeline_tests.ledgers import BY_TABLE, RECEIVED, ledger_of
from fs_pipeline_tests.orchestration.chromium import needs_chromium
from fs_pipeline_tests.orchestration.homes import FIRST, SECOND, instance_of
from fs_pipeline_tests.orchestration.served import PATIENCE, asked, serving, wait

INDICATOR = "indicators/school_absence"

pytestmark = [pytest.mark.slow, needs_chromium]


def made_before(table: str) -> list[str]:
    """All tables that one is made from."""
    sources = (
        [f"extracts/{name}" for name in RECEIVED[table].references]
        if table in RECEIVED
        else [needed.table.name for needed in BY_TABLE[table].inputs]
    )
    return list(dict.fromkeys(each for source in sources for each in (*made_before(source), source)))


@pytest.fixture
def prepared(home) -> Path:
    """The ordinary folder, in which everything is there to make the indicator of a second quarter."""
    with instance_of(home) as instance:
        outcome = Runner(definitions(), instance, ledger_of(State(home))).run(SECOND, made_before(INDICATOR))
    assert not outcome.refused and not outcome.failed
    return home


@pytest.fixture
def address(prepared, tmp_path) -> Iterator[str]:
    """Where `fs-pipeline ui` serves the folder."""
    with serving(prepared, tmp_path / "ui.log") as where:
        yield where


@pytest.fixture
def picture(browser, request, tmp_path) -> Callable[[str], None]:
    """Keeps what the browser shows, as a picture of that name."""
    folder = request.config.getoption("--pictures") or tmp_path

    def keep(name: str) -> None:
        time.sleep(2)  # what moves comes to rest
        assert browser.save_screenshot(str(folder / f"{name}.png"))

    return keep


def backfills(address: str) -> list[dict]:
    query = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { status numPartitions } } } }"
    return asked(address, query)["partitionBackfillsOrError"]["results"]


def shown(browser: webdriver.Chrome, text: str, kind: str = "*") -> list:
    return browser.find_elements(By.XPATH, f"//{kind}[contains(., '{text}')]")


def click(browser: webdriver.Chrome, text: str) -> None:
    def it_can_be_clicked(_) -> bool:
        buttons = [button for button in shown(browser, text, "button") if button.is_displayed() and button.is_enabled()]
        if buttons:
            buttons[0].click()
        return bool(buttons)

    WebDriverWait(browser, PATIENCE).until(it_can_be_clicked)


def window(*quarters: Quarter) -> str:
    return f"[{quarters[0].key}...{quarters[-1].key}]"


def test_graph_backfill_and_plot(prepared, address, browser, picture):
    patiently = WebDriverWait(browser, PATIENCE)

    browser.get(f"{address}/asset-groups")
    patiently.until(lambda _: all(shown(browser, group) for group in ("deliveries", "cohort", "indicators", "exports")))
    patiently.until(lambda _: shown(browser, "Materialize all (73)", "button"))
    browser.get(f"{address}/assets/{INDICATOR}?view=lineage&lineageScope=upstream&lineageDepth=4")
    patiently.until(lambda _: shown(browser, "family_members") and shown(browser, "Materialize all (11)", "button"))
    picture("asset_graph")

    browser.get(f"{address}/assets/{INDICATOR}?view=partitions")
    patiently.until(lambda _: shown(browser, "Materialized (1)"))
    click(browser, "Materialize")
    patiently.until(lambda _: shown(browser, "Partition selection"))
    *_, field = browser.find_elements(By.CSS_SELECTOR, "input[placeholder^='ex: 2016-10-01']")  # not the page's own
    field.send_keys(window(FIRST, SECOND), Keys.ENTER)
    patiently.until(lambda _: shown(browser, "2 partitions"))
    assert shown(browser, "with a maximum of 1 partitions per run")
    picture("backfill")
    click(browser, "Launch backfill")
    wait(lambda: backfills(address), "the backfill is there")

    browser.get(f"{address}/assets/{INDICATOR}?view=partitions")
    patiently.until(lambda _: shown(browser, "Materialized (2)") and shown(browser, "Failed (0)"))
    wait(lambda: backfills(address)[0]["status"] == "COMPLETED_SUCCESS", "the backfill ends well")
    assert backfills(address) == [{"status": "COMPLETED_SUCCESS", "numPartitions": 2}]
    written = [path for name in ("dagster", "lake") for path in (prepared / name).rglob("*") if path.is_file()]
    assert not [path for path in written if path.stat().st_mode & 0o077]  # the daemon and its runs write privately

    browser.get(f"{address}/assets/{INDICATOR}?view=overview")
    click(browser, "Plots")
    patiently.until(lambda _: browser.find_elements(By.TAG_NAME, "canvas"))
    plot = browser.find_elements(By.TAG_NAME, "canvas")[0]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
    picture("plot")
    assert plot.size["width"] > 100

    browser.get(f"{address}/automation")
    patiently.until(lambda _: shown(browser, "every_quarter") and shown(browser, "rerun_when_delivered"))
    picture("automation")
