"""What lies outside the lake - deliveries and settings - as assets that are observed, so that Dagster sees it change.

An observation is an event with a data version. Only a version that is another one than the last is reported.
"""

import hashlib
import json

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.orchestration.catalogue import CALCULATIONS, EXPORTS
from fs_pipeline.orchestration.origins import Look, quarters_named, short
from fs_pipeline.orchestration.receiving import RECEIVED
from fs_pipeline.orchestration.state import State
from fs_pipeline.toolkit.extracts import Extract

DELIVERIES, SETTINGS = "deliveries", "settings"
_USED = tuple(dict.fromkeys(name for calculation in (*CALCULATIONS, *EXPORTS) for name in calculation.settings))
_NOTHING = "not supplied"


def delivery_key(extract: Extract) -> dg.AssetKey:
    """The asset key of what is delivered of an extract."""
    return dg.AssetKey([DELIVERIES, extract.extract])


def setting_key(name: str) -> dg.AssetKey:
    """The asset key of a setting of programme.toml."""
    return dg.AssetKey([SETTINGS, name])


def watched_assets(quarters: dg.PartitionsDefinition) -> list[dg.SourceAsset]:
    """The deliveries by quarter, and the settings that figures depend on; the button Observe looks at them anew."""
    return [*(_delivery(extract, quarters) for extract in RECEIVED.values()), *(_setting(name) for name in _USED)]


def observe(instance: dg.DagsterInstance, state: State) -> int:
    """Reports every delivery and setting that has changed since it was last reported; returns how many."""
    look, reported = Look(state), 0
    for extract in RECEIVED.values():
        for partition, version in changed_deliveries(instance, look, extract).items():
            _report(instance, delivery_key(extract), version, partition)
            reported += 1
    for name in _USED:
        record = instance.get_latest_data_version_record(setting_key(name), is_source=True)
        tags = (record.event_log_entry.tags if record else None) or {}
        if tags.get(DATA_VERSION_TAG) != _setting_version(look, name):
            _report(instance, setting_key(name), _setting_version(look, name), None)
            reported += 1
    return reported


def watching_sensor() -> dg.SensorDefinition:
    """The sensor that reports changes while the daemon runs; a look at names, sizes and times comes first."""

    @dg.sensor(
        name="watch_deliveries",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells Dagster of changed deliveries and settings, so that what is made from them shows as stale.",
    )
    def watch(context: dg.SensorEvaluationContext, state: dg.ResourceParam[State]) -> dg.SkipReason:
        there = _listing(state)
        if context.cursor == there:
            return dg.SkipReason("No file has changed.")
        reported = observe(context.instance, state)
        context.update_cursor(there)
        return dg.SkipReason(f"{reported} deliveries or settings have changed.")

    return watch


def changed_deliveries(instance: dg.DagsterInstance, look: Look, extract: Extract) -> dict[str, str]:
    """The quarters whose delivery is another one than was last observed, with its version."""
    seen = instance.event_log_storage.get_latest_tags_by_partition(
        delivery_key(extract), dg.DagsterEventType.ASSET_OBSERVATION, [DATA_VERSION_TAG]
    )
    changed = {}
    for quarter in _quarters(look):
        version = look.delivery(extract, quarter)
        known = seen.get(quarter.key, {}).get(DATA_VERSION_TAG)
        if version is not None and known != (version or _NOTHING) and (version or known):
            changed[quarter.key] = version or _NOTHING
    return changed


def _listing(state: State) -> str:
    """A hash of the names, sizes and times of all delivered files and of the settings."""
    told = hashlib.sha256()
    for path in sorted((state.programme_file, *state.extracts.glob("**/*"))):
        try:
            about = path.stat()
        except FileNotFoundError:  # taken away meanwhile
            continue
        told.update(f"{path} {about.st_size} {about.st_mtime_ns}\n".encode())
    return told.hexdigest()


def _quarters(look: Look) -> list[Quarter]:
    """The quarters that files were delivered for, and those that were run."""
    names = {folder.name for folder in look.state.extracts.glob("*-*-*")}
    names |= {path.stem for path in look.state.lake.files()}
    return sorted(quarter for quarter in quarters_named(names) if quarter >= look.first_quarter)


def _report(instance: dg.DagsterInstance, asset: dg.AssetKey, version: str, partition: str | None) -> None:
    observation = dg.AssetObservation(
        asset,
        partition=partition,
        tags={DATA_VERSION_TAG: version},
        metadata={"version": short(version) if asset.path[0] == DELIVERIES else version},
    )
    instance.report_runless_asset_event(observation)


def _delivery(extract: Extract, quarters: dg.PartitionsDefinition) -> dg.SourceAsset:
    @dg.observable_source_asset(
        key=delivery_key(extract),
        group_name=DELIVERIES,
        partitions_def=quarters,
        description=f"The files that were delivered: {extract.description}",
    )
    def observed(context: dg.AssetExecutionContext, state: dg.ResourceParam[State]) -> dg.DataVersionsByPartition:
        return dg.DataVersionsByPartition(changed_deliveries(context.instance, Look(state), extract))

    return observed


def _setting(name: str) -> dg.SourceAsset:
    @dg.observable_source_asset(
        key=setting_key(name), group_name=SETTINGS, description=f"`{name}` of programme.toml, on which figures depend."
    )
    def observed(state: dg.ResourceParam[State]) -> dg.DataVersion:
        return dg.DataVersion(_setting_version(Look(state), name))

    return observed


def _setting_version(look: Look, name: str) -> str:
    """A hash of the setting's value."""
    value = json.dumps(look.setting(name), sort_keys=True)
    return hashlib.sha256(value.encode()).hexdigest()[:12]
