"""The state folder: where everything lies. The only place that reads environment variables, and only when asked."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.settings.programme import read_programme, read_region, read_timetable
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.lake import Lake
from fs_pipeline.store.layout import check_layout
from fs_pipeline.toolkit.programme import Programme, Region, Timetable


@dataclass(frozen=True)
class State:
    """A state folder (FS_PIPELINE_HOME): the programme, the extracts, and all that is made from them.

    Attributes:
        home: the folder.
        lake_url: where the lake is, when it is not in the folder: an fsspec URL.
    """

    home: Path
    lake_url: str = ""

    @classmethod
    def from_environment(cls) -> State:
        """The folder that FS_PIPELINE_HOME names; `data` in the working directory without it.

        Raises:
            LayoutError: a later release has made it.
        """
        home = Path(os.environ.get("FS_PIPELINE_HOME") or "data").resolve()
        check_layout(home)
        return cls(home, os.environ.get("FS_PIPELINE_LAKE", ""))

    @property
    def programme_file(self) -> Path:
        """The programme's settings."""
        return self.home / "programme.toml"

    @property
    def region_file(self) -> Path:
        """A region's settings, in place of a programme's."""
        return self.home / "region.toml"

    @property
    def partners_file(self) -> Path:
        """By which identifiers partners may be told of people; optional."""
        return self.home / "partners.toml"

    @property
    def sources_file(self) -> Path:
        """Where extracts come from, when not from the folder `extracts`; optional."""
        return self.home / "sources.toml"

    @cached_property
    def sources(self) -> Sources:
        """The sources of extracts. A database is read once for each object: all extracts are of one moment."""
        return Sources(self.sources_file, os.environ.get)

    @property
    def extracts(self) -> Path:
        """What suppliers delivered."""
        return self.home / "extracts"

    @property
    def rejected(self) -> Path:
        """Rows left out, and findings, as files."""
        return self.home / "rejected"

    @property
    def exports(self) -> Path:
        """Workbooks and other files that leave the building, by quarter."""
        return self.home / "exports"

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
    def kept(self) -> Path:
        """Superseded deliveries and earlier figures."""
        return self.home / "kept"

    @property
    def locks(self) -> Path:
        """Files that processes lock while they work on a quarter, and while a run lives."""
        return self.home / "locks"

    @property
    def alerts(self) -> Path:
        """What people were told of failures, a line each."""
        return self.home / "alerts.log"

    @property
    def alert_webhook(self) -> str:
        """The web address that alerts are posted to: FS_PIPELINE_ALERT_WEBHOOK; blank without it."""
        return os.environ.get("FS_PIPELINE_ALERT_WEBHOOK", "")

    @property
    def alert_mail(self) -> str:
        """The mail address that alerts go to: FS_PIPELINE_ALERT_MAIL; blank without it."""
        return os.environ.get("FS_PIPELINE_ALERT_MAIL", "")

    @property
    def smtp(self) -> str:
        """The mail server, `smtp://` or `smtps://user:password@host:port`: FS_PIPELINE_SMTP, this machine without."""
        return os.environ.get("FS_PIPELINE_SMTP") or "smtp://localhost"

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
        places = (self.home, self.dagster_home, self.key_file, *([lake.resolve()] if isinstance(lake, Path) else []))
        outside = [path for path in places if path == self.home or not path.is_relative_to(self.home)]
        return [path for path in outside if path.exists() and path.stat().st_mode & 0o077]

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
