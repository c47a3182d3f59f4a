"""The state folder: where everything lies, and in which layout.

The only place of ours that reads environment variables, and only when asked.

`layout.json` in the folder says how its files lie, and which form versions have:

1. Up to release 0.7.1, which recorded none. Versions of data hash Parquet pages; those of code depend on the Python.
2. Versions of data are hashes of values; those of code are the same under every Python. Files lie where they lay: every
   table is made again once, by the first run, because its code has a version of another form.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.deliveries import Delivery, find_delivery
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.settings.programme import read_programme, read_region, read_timetable
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.files import replace_file
from fs_pipeline.store.lake import Lake
from fs_pipeline.toolkit.comparators import COMPARATORS
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.programme import Programme, Region, Timetable

LAYOUT = 2
_FILE = "layout.json"
_MADE = ("lake", "kept", "dagster")


class LayoutError(Exception):
    """A state folder that a later release has made; says which, and what to do."""


def check_layout(home: Path) -> None:
    """Refuses a state folder of a layout that this release does not know.

    Raises:
        LayoutError: it is a later one, or cannot be read.
    """
    layout, release = _recorded(home)
    if layout > LAYOUT:
        raise LayoutError(
            f"{home} has layout {layout}, made by release {release}; this is release {version('fs-pipeline')}, which "
            f"knows layouts up to {LAYOUT}: install {release} or a later release. Nothing was changed."
        )


def upgrade_layout(home: Path) -> str:
    """Gives a state folder this release's layout; says what that means, and nothing of one that has it, or is new."""
    check_layout(home)
    layout, _ = _recorded(home)
    if layout == LAYOUT:
        return ""
    recorded = {"layout": LAYOUT, "release": version("fs-pipeline")}
    replace_file(home / _FILE, (json.dumps(recorded, indent=1) + "\n").encode())
    if not any((home / name).exists() for name in _MADE):
        return ""
    return (
        f"{home} was made by release 0.7.1 or an earlier one, and now has layout {LAYOUT}. Every table is stale once: "
        "versions have another form. Figures do not change for that, and editions of the same figures stay one."
    )


def _recorded(home: Path) -> tuple[int, str]:
    """The layout and the release that wrote it; layout 1 when none is recorded."""
    try:
        recorded = json.loads((home / _FILE).read_bytes())
        return int(recorded["layout"]), str(recorded["release"])
    except FileNotFoundError:
        return 1, ""
    except (ValueError, KeyError, TypeError):
        raise LayoutError(f"{home / _FILE} cannot be read: restore it from a backup, or remove it") from None


class _Place:
    """A file or a folder of the state folder, by its name there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, state: State, _: type[State]) -> Path:
        return state.home / self._name


class _Variable:
    """A variable of the environment, read whenever it is asked for; `usual` where it is not set, or blank."""

    def __init__(self, name: str, usual: str = "") -> None:
        self._name, self._usual = name, usual

    def __get__(self, state: State, _: type[State]) -> str:
        return os.environ.get(self._name) or self._usual


@dataclass(frozen=True)
class State:
    """A state folder (FS_PIPELINE_HOME): the programme, the extracts, and all that is made from them.

    Attributes:
        home: the folder.
        lake_url: where the lake is, when it is not in the folder: an fsspec URL.
    """

    home: Path
    lake_url: str = ""

    programme_file = _Place("programme.toml")  # the programme's settings
    region_file = _Place("region.toml")  # a region's settings, in place of a programme's
    partners_file = _Place("partners.toml")  # by which identifiers partners may be told of people; optional
    sources_file = _Place("sources.toml")  # where extracts come from, when not from the folder `extracts`; optional
    extracts = _Place("extracts")  # what suppliers delivered
    rejected = _Place("rejected")  # rows left out, and findings, as files
    exports = _Place("exports")  # workbooks and other files that leave the building, by quarter
    kept = _Place("kept")  # superseded deliveries and earlier figures
    locks = _Place("locks")  # files that processes lock while they work on a quarter, and while a run lives
    alerts = _Place("alerts.log")  # what people were told of failures, a line each
    alert_webhook = _Variable("FS_PIPELINE_ALERT_WEBHOOK")  # the web address that alerts are posted to
    alert_mail = _Variable("FS_PIPELINE_ALERT_MAIL")  # the mail address that alerts go to
    smtp = _Variable("FS_PIPELINE_SMTP", "smtp://localhost")  # or smtps://user:password@host:port

    @classmethod
    def from_environment(cls) -> State:
        """The folder that FS_PIPELINE_HOME names; `data` in the working directory without it.

        Raises:
            LayoutError: a later release has made it.
        """
        home = Path(os.environ.get("FS_PIPELINE_HOME") or "data").resolve()
        check_layout(home)
        return cls(home, os.environ.get("FS_PIPELINE_LAKE", ""))

    @cached_property
    def sources(self) -> Sources:
        """The sources of extracts. A database is read once for each object: all extracts are of one moment."""
        return Sources(self.sources_file, os.environ.get)

    def delivery(self, extract: Extract, quarter: Quarter) -> Delivery | None:
        """What was delivered of an extract: what its source in sources.toml holds, else a file of `extracts`.

        Of the comparators there is one file for all quarters.

        Raises:
            ExtractRefused: it cannot be told which file it is, it cannot be opened, or the source cannot be read.
            SettingsError: sources.toml is wrong.
        """
        if self.sources.of(extract):
            return self.sources.delivery(extract, quarter, self.programme().start)
        return find_delivery(self.extracts, None if extract.name == COMPARATORS.name else quarter, extract)

    @property
    def warehouse(self) -> str:
        """The reporting database as an SQLAlchemy URL: FS_PIPELINE_WAREHOUSE where that is set."""
        return os.environ.get("FS_PIPELINE_WAREHOUSE") or f"sqlite:///{self.home / 'warehouse.sqlite'}"

    @property
    def key_file(self) -> Path:
        """The key of the pseudonyms: FS_PIPELINE_KEY_FILE where that is set."""
        return Path(os.environ.get("FS_PIPELINE_KEY_FILE") or self.home / "pseudonym.key").resolve()

    @property
    def shifts_dates(self) -> bool:
        """Whether the evaluator's files have the days of each family moved: FS_PIPELINE_SHIFT_DATES=yes."""
        return os.environ.get("FS_PIPELINE_SHIFT_DATES", "") == "yes"

    @property
    def ui_hosts(self) -> list[str]:
        """The names under which browsers may ask for the UI: this machine's, and those in FS_PIPELINE_UI_HOSTS.

        Raises:
            SettingsError: one of them is no name of a host.
        """
        names = os.environ.get("FS_PIPELINE_UI_HOSTS", "").replace(",", " ").split()
        if not all(re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", name) for name in names):
            raise SettingsError("FS_PIPELINE_UI_HOSTS: host names, separated by spaces, such as kpi.council.example")
        return ["127.0.0.1", "localhost", *names]

    @property
    def dagster_postgres(self) -> str:
        """The database of Dagster's records, with the driver that Dagster needs: FS_PIPELINE_DAGSTER_POSTGRES."""
        address = os.environ.get("FS_PIPELINE_DAGSTER_POSTGRES", "")
        return re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql+psycopg2:", address)

    @property
    def dagster_home(self) -> Path:
        """Dagster's own folder: DAGSTER_HOME where that is set."""
        return Path(os.environ.get("DAGSTER_HOME") or self.home / "dagster").resolve()

    @property
    def lake(self) -> Lake:
        """Every asset's table: in the folder, or where FS_PIPELINE_LAKE says."""
        return Lake.at(self.lake_url) if self.lake_url else Lake(self.home / "lake")

    def open_to_others(self) -> list[Path]:
        """The places of people's data that other users of this machine may open, by their permissions.

        What lies in the state folder is as closed as that is.
        """
        lake = self.lake.folder
        elsewhere = (self.dagster_home, self.key_file, *([lake.resolve()] if isinstance(lake, Path) else []))
        places = (self.home, *(path for path in elsewhere if not path.is_relative_to(self.home)))
        return [path for path in places if path.exists() and path.stat().st_mode & 0o077]

    def programme(self) -> Programme:
        """The programme's settings, read anew; a SettingsError says what is wrong with them."""
        return read_programme(self.programme_file)

    def region(self) -> Region:
        """The region, read anew; a SettingsError says what is wrong with its settings."""
        return read_region(self.region_file)

    def timetable(self) -> Timetable:
        """When quarters run by themselves; a SettingsError says what is wrong with it."""
        return read_timetable(self.programme_file)

    def first_quarter(self) -> Quarter:
        """The first quarter of the baseline, the earliest that there is."""
        programme = self.programme()
        return Quarter(programme.start).shifted(-programme.baseline_quarters)
