"""What lies outside the lake - deliveries and settings - as assets that are observed, so that Dagster sees it change.

An observation is an event with a data version. Only a version that is another one than the last is reported.
What extracts are read from by way of sources.toml stands upstream of their deliveries, by name.
"""

import hashlib
import json

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.ledger.catalogue import Catalogue
from fs_pipeline.ledger.look import RECEIPTS, Ledger, Look, short
from fs_pipeline.ledger.status import Status
from fs_pipeline.orchestration.instance.dagster_private import DATA_VERSION_TAG
from fs_pipeline.store.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract

DELIVERIES, SETTINGS, SOURCES = "deliveries", "settings", "sources"
_NOTHING = "not supplied"


def key(table: str) -> dg.AssetKey:
    """The asset key of a table: its path in the lake."""
    return dg.AssetKey(table.split("/"))


def delivery_key(extract: Extract) -> dg.AssetKey:
    """The asset key of what is delivered of an extract."""
    return dg.AssetKey([DELIVERIES, extract.extract])


def setting_key(name: str) -> dg.AssetKey:
    """The asset key of a setting of programme.toml."""
    return dg.AssetKey([SETTINGS, name])


def watched_assets(
    catalogue: Catalogue, quarters: dg.PartitionsDefinition, sources: Sources
) -> list[dg.SourceAsset | dg.AssetSpec]:
    """The deliveries by quarter, the settings that figures depend on, and the sources that deliveries are read from.

    The button Observe looks at files and settings anew; sources are looked at before every run.
    """
    read_from = {extract.name: _source_names(sources, extract) for extract in catalogue.extracts}
    return [
        *(_source(sources, name) for name in dict.fromkeys(name for names in read_from.values() for name in names)),
        *(_delivery(extract, quarters, read_from[extract.name], sources) for extract in catalogue.extracts),
        *([_receipts(quarters)] if catalogue.extracts else ()),
        *(_setting(name) for name in catalogue.settings),
    ]


def receipts_observed(version: str, quarter: Quarter) -> dg.AssetObservation:
    """The observation that the quarter's receipts have that version."""
    return _observation(key(RECEIPTS), version, quarter.key)


def observe(instance: dg.DagsterInstance, ledger: Ledger, *, databases: bool = True) -> int:
    """Reports every delivery and setting that has changed since it was last reported; returns how many.

    Databases are asked only where that is wanted.
    """
    status = Status(ledger)
    changed = [
        _observation(delivery_key(extract), version, partition)
        for extract in ledger.catalogue.extracts
        if databases or not ledger.state.sources.asks_database(extract)
        for partition, version in changed_deliveries(instance, status, extract).items()
    ]
    for name in ledger.catalogue.settings:
        version = _setting_version(status.look, name)
        record = instance.get_latest_data_version_record(setting_key(name), is_source=True)
        if not record or (record.event_log_entry.tags or {}).get(DATA_VERSION_TAG) != version:
            changed.append(_observation(setting_key(name), version, None))
    for each in changed:
        instance.report_runless_asset_event(each)
    return len(changed)


def watching_sensor() -> dg.SensorDefinition:
    """The sensor that reports changes while the daemon runs; a look at names, sizes and times comes first."""

    @dg.sensor(
        name="watch_deliveries",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells Dagster of changed deliveries and settings, so that what is made from them shows as stale.",
    )
    def watch(context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]) -> dg.SkipReason:
        there = listing(ledger.state)
        if context.cursor == there:
            return dg.SkipReason("No file has changed.")
        reported = observe(context.instance, ledger, databases=False)
        context.update_cursor(there)
        return dg.SkipReason(f"{reported} deliveries or settings have changed.")

    return watch


def changed_deliveries(instance: dg.DagsterInstance, status: Status, extract: Extract) -> dict[str, str]:
    """The quarters whose delivery is another one than was last observed, with its version."""
    seen = instance.event_log_storage.get_latest_tags_by_partition(
        delivery_key(extract), dg.DagsterEventType.ASSET_OBSERVATION, [DATA_VERSION_TAG]
    )
    changed = {}
    for quarter in status.quarters():
        version = status.look.delivery(extract, quarter)
        known = seen.get(quarter.key, {}).get(DATA_VERSION_TAG)
        if version is not None and known != (version or _NOTHING) and (version or known):
            changed[quarter.key] = version or _NOTHING
    return changed


def listing(state: State) -> str:
    """A hash of the names, sizes and times of all delivered files, of the settings, and of the files of sources."""
    seen = hashlib.sha256()
    for mark in state.sources.marks():
        seen.update(f"{mark}\n".encode())
    for path in sorted((state.programme_file, state.sources_file, *state.extracts.glob("**/*"))):
        try:
            about = path.stat()
        except FileNotFoundError:  # taken away meanwhile
            continue
        seen.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def _observation(asset: dg.AssetKey, version: str, partition: str | None) -> dg.AssetObservation:
    return dg.AssetObservation(
        asset,
        partition=partition,
        tags={DATA_VERSION_TAG: version},
        metadata={"version": short(version) if asset.path[0] == DELIVERIES else version},
    )


def _source_names(sources: Sources, extract: Extract) -> list[str]:
    """What an extract is read from: a format, a database, or files of its own."""
    source = sources.of(extract)
    if source is None:
        return []
    files = f"{extract.extract}_files" if source.files else ""
    return [name for name in (source.format, source.database, files) if name]


def _source(sources: Sources, name: str) -> dg.AssetSpec:
    of_format = sources.file.formats.get(name)
    if of_format:
        over = f"database {of_format.database}" if of_format.database else f"files {', '.join(of_format.files)}"
        words, kind = f"Read by the reader `{of_format.reader}`: {over}.", of_format.reader
    elif name in sources.file.databases:
        words, kind = f"The database {name}.", "sql"
    else:
        extract = name.removesuffix("_files")
        words, kind = f"Files: {', '.join(sources.file.extracts[extract].files)}", "file"
    return dg.AssetSpec(dg.AssetKey([SOURCES, name]), group_name=SOURCES, description=words, kinds={kind})


def _delivery(
    extract: Extract, quarters: dg.PartitionsDefinition, names: list[str], sources: Sources
) -> dg.SourceAsset | dg.AssetSpec:
    """What is delivered of an extract; files of its own are looked at anew by the button Observe."""
    if sources.of(extract):
        return dg.AssetSpec(
            delivery_key(extract),
            deps=[dg.AssetKey([SOURCES, name]) for name in names],
            group_name=DELIVERIES,
            partitions_def=quarters,
            description=f"Read from {sources.describe(extract)}: {extract.description}",
        )

    @dg.observable_source_asset(
        key=delivery_key(extract),
        group_name=DELIVERIES,
        partitions_def=quarters,
        description=f"The files that were delivered: {extract.description}",
    )
    def observed(context: dg.AssetExecutionContext, ledger: dg.ResourceParam[Ledger]) -> dg.DataVersionsByPartition:
        return dg.DataVersionsByPartition(changed_deliveries(context.instance, Status(ledger), extract))

    return observed


def _receipts(quarters: dg.PartitionsDefinition) -> dg.AssetSpec:
    return dg.AssetSpec(
        key(RECEIPTS),
        deps=[key(extract.name) for extract in EXTRACTS.values()],
        group_name=DELIVERIES,
        partitions_def=quarters,
        description="What is known of the quarter's deliveries beside their rows: versions and counts. Every extract "
        "that is made reports it: it may be another one though the rows are the same.",
    )


def _setting(name: str) -> dg.SourceAsset:
    @dg.observable_source_asset(
        key=setting_key(name), group_name=SETTINGS, description=f"`{name}` of programme.toml, on which figures depend."
    )
    def observed(ledger: dg.ResourceParam[Ledger]) -> dg.DataVersion:
        return dg.DataVersion(_setting_version(Look(ledger), name))

    return observed


def _setting_version(look: Look, name: str) -> str:
    """A hash of the setting's value."""
    value = json.dumps(look.setting(name), sort_keys=True)
    return hashlib.sha256(value.encode()).hexdigest()[:12]
