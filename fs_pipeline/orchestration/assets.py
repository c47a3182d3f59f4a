"""The assets, one for each extract and each calculation, their partitions by quarter, and the jobs over them.

An asset whose record says that it was made from what it would be made from now is left as it is: running it again
writes nothing, and what is downstream stays fresh.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import dagster as dg

from fs_pipeline.arithmetic.periods import Window
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.cells import ExtractRefused
from fs_pipeline.ledger.catalogue import THIS_QUARTER, Calculation, Catalogue
from fs_pipeline.ledger.look import NOT_SUPPLIED, RECEIPTS, Ledger, Look, short
from fs_pipeline.ledger.making import make_table
from fs_pipeline.ledger.receiving import make_extract
from fs_pipeline.ledger.status import code_of_extract
from fs_pipeline.orchestration import describing
from fs_pipeline.orchestration.failing import failing_plainly, trying_again
from fs_pipeline.orchestration.instance.alerting import alert_hook
from fs_pipeline.orchestration.instance.processes import at_work_on
from fs_pipeline.orchestration.watching import (
    DELIVERIES,
    SETTINGS,
    SOURCES,
    delivery_key,
    key,
    receipts_observed,
    setting_key,
    watched_assets,
)
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.lake import Origin
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import DATA_QUALITY, LINKS
from fs_pipeline.toolkit.tables import Table

if TYPE_CHECKING:
    from fs_pipeline.orchestration.instance.dagster_private import UnresolvedAssetJobDefinition

QUARTER_JOB = "quarter"
TRUSTED, USABLE, PLAUSIBLE = "file_can_be_trusted", "rows_can_be_used", "content_is_plausible"
LINKED = "links_are_certain"
ALL_THERE, ALL_READ = "every_follow_up_is_there", "every_earlier_delivery_is_read"
_CHECKS = {
    TRUSTED: "The file is there when required, readable, has every column, its keys are sound, and enough of its rows "
    "can be used.",
    USABLE: "No row was left out. Rows left out stand in `rejected/` with their reason.",
    PLAUSIBLE: "No row looks wrong. Rows that do are used all the same, and stand in `rejected/`.",
    LINKED: "Its people, who have no identifier of ours, are linked by names; nobody waits for a clerk to decide.",
    ALL_THERE: "Every earlier quarter's follow-up has been made: what is missing is not in these figures.",
    ALL_READ: "What was delivered for earlier quarters that it looks back at was run: unread, it is not supplied.",
}
A_RUN_EACH = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
"""A backfill makes a run a quarter: one that fails does not stop the others, and each can be run again."""
_ALL_EARLIER = -60
"""Quarters back that stand for "every earlier quarter": fifteen years, longer than any programme.

For every step Dagster goes back quarter by quarter, those before the first one too. What a calculation reads, and is
stale by, is not decided by this: it is every quarter, however many.
"""
Hooks = Set[dg.HookDefinition]
_Results: TypeAlias = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]
_ANALYSTS = describing.owner("performance analysts")


class Quarterly(dg.TimeWindowPartitionsDefinition):
    """Dagster's partitions by a cron schedule; what was found by it is remembered: it is asked for all the time.

    What Dagster writes of it for its other processes says the schedule, and nothing of this class.
    """

    start_time_for_partition_key = cache(dg.TimeWindowPartitionsDefinition.start_time_for_partition_key)

    def get_prev_partition_window(self, start_dt: datetime, respect_bounds: bool = True) -> dg.TimeWindow | None:
        """The quarter before a moment; within bounds, which move with the time, it is looked for anew."""
        return super().get_prev_partition_window(start_dt) if respect_bounds else _before(self, start_dt)


@cache
def _before(quarters: dg.TimeWindowPartitionsDefinition, moment: datetime) -> dg.TimeWindow | None:
    return dg.TimeWindowPartitionsDefinition.get_prev_partition_window(quarters, moment, respect_bounds=False)


def quarterly(first: Quarter) -> dg.TimeWindowPartitionsDefinition:
    """A partition a quarter, from `first` on; its key is the quarter's first day. A quarter appears when it is over."""
    return Quarterly(start=first.key, cron_schedule="0 0 1 1,4,7,10 *", fmt="%Y-%m-%d", timezone="Europe/London")


def mapping(window: Window) -> dg.TimeWindowPartitionMapping:
    """The upstream quarters that a quarter reads; those before the first one are left out."""
    return dg.TimeWindowPartitionMapping(
        start_offset=_ALL_EARLIER if window.first is None else window.first,
        end_offset=window.last,
        allow_nonexistent_upstream_partitions=True,
    )


def all_assets(ledger: Ledger) -> list[dg.AssetsDefinition | dg.SourceAsset | dg.AssetSpec]:
    """Every asset, partitioned by quarter from the first baseline quarter on; settings and sources have no quarters.

    People are told when an asset of a quarter fails.
    """
    catalogue, sources, hooks = ledger.catalogue, ledger.state.sources, frozenset({alert_hook(ledger.state)})
    quarters = quarterly(Look(ledger).first_quarter)
    extracts = [_extract(each, quarters, hooks, links=bool(sources.links(each))) for each in catalogue.extracts]
    calculations = [_calculation(catalogue, each, quarters, hooks) for each in catalogue.calculations]
    return [*watched_assets(catalogue, quarters, sources), *extracts, *calculations]


def quarter_job(catalogue: Catalogue) -> "UnresolvedAssetJobDefinition":
    """Extracts, cohort, fields, indicators and outputs of one quarter; only extracts before the programme's start."""
    what = "Everything of a quarter: reads and checks the extracts, then cohort, fields, indicators and outputs. "
    if catalogue.of_region:
        what = "Adds up a quarter of every authority, and publishes the region's workbook. "
    return dg.define_asset_job(
        QUARTER_JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups(DELIVERIES, SETTINGS, SOURCES),
        description=what + "Launch it for one quarter, or as a backfill for several.",
    )


def stage_jobs(catalogue: Catalogue) -> list["UnresolvedAssetJobDefinition"]:
    """The job `quarter` in stages: a backfill of each, one after the other, may run its quarters at the same time."""
    stages = tables_by_stage(catalogue)
    return [
        dg.define_asset_job(
            f"{QUARTER_JOB}_stage_{number}",
            selection=dg.AssetSelection.assets(*(table.split("/") for table in tables)),
            description=(
                f"Stage {number} of {len(stages)} of a quarter. Within a stage no quarter reads another, so that "
                "several workers may run a backfill of it. "
                + ("Launch it first." if number == 1 else "Launch it when the stage before has ended for all quarters.")
            ),
        )
        for number, tables in enumerate(stages, 1)
    ]


def tables_by_stage(catalogue: Catalogue) -> list[list[str]]:
    """Every table, each as early as it can be made when nothing reads another quarter's tables of its own stage."""
    stage = dict.fromkeys(catalogue.received, 0)
    for name, made in catalogue.made.items():
        stage[name] = max(stage[needed.table.name] + (needed.window != THIS_QUARTER) for needed in made.inputs)
    return [[table for table, its in stage.items() if its == number] for number in range(max(stage.values()) + 1)]


def _asset(
    table: Table,
    quarters: dg.PartitionsDefinition,
    hooks: Hooks,
    checks: Sequence[str],
    make: Callable[[Quarter, Ledger, dg.AssetExecutionContext], _Results],
    **about: Any,  # noqa: ANN401 - as `dg.asset` has it
) -> dg.AssetsDefinition:
    """The asset of a table: a step works on a quarter alone, fails in plain words, is tried again where that helps."""
    of = key(table.name)
    specs = [dg.AssetCheckSpec(name, asset=of, blocking=name == TRUSTED, description=_CHECKS[name]) for name in checks]

    of_table: Callable[[Callable[..., _Results]], dg.AssetsDefinition] = dg.asset(
        key=of,
        partitions_def=quarters,
        check_specs=specs,
        metadata={"dagster/column_schema": describing.column_schema(table)},
        backfill_policy=A_RUN_EACH,
        hooks=hooks,
        **about,
    )

    @of_table
    def asset(context: dg.AssetExecutionContext, ledger: dg.ResourceParam[Ledger]) -> _Results:
        quarter, retries = Quarter.parse(context.partition_key), context.retry_number
        with trying_again(retries), failing_plainly(table.name, quarter), at_work_on(ledger.state, quarter):
            yield from make(quarter, ledger, context)

    return asset


def _result(
    check: str, quarter: Quarter, found: Mapping[str, int | float | str], *, passed: bool, words: str | None = None
) -> dg.AssetCheckResult:
    """What was found: counts and rules, never a person. Only a file that cannot be trusted is an error."""
    return dg.AssetCheckResult(
        check_name=check,
        passed=passed,
        severity=dg.AssetCheckSeverity.ERROR if check == TRUSTED else dg.AssetCheckSeverity.WARN,
        description=words,
        metadata={"quarter": quarter.label, **found},
    )


def _extract(extract: Extract, quarters: dg.PartitionsDefinition, hooks: Hooks, *, links: bool) -> dg.AssetsDefinition:
    """An extract: reads what was delivered for the quarter, checks it, keeps the rows that can be used.

    Where its people are linked to ours by names (`links`), a check says what there is to worry about in that.
    """
    checks = [TRUSTED, USABLE, PLAUSIBLE, *([LINKED] if links else ())]

    def make(quarter: Quarter, ledger: Ledger, context: dg.AssetExecutionContext) -> _Results:
        try:
            made = make_extract(
                Look(ledger), extract, quarter, lambda version: context.log_event(receipts_observed(version, quarter))
            )
        except (ExtractRefused, SettingsError) as refusal:
            yield _result(TRUSTED, quarter, {}, passed=False, words=str(refusal))
            raise dg.Failure(str(refusal), allow_retries=False) from None
        checked, report = made.checked, made.delivery.report if made.delivery else None
        worries, links_counted = (made.links.worries(), made.links.counts()) if made.links else ([], {})
        unusable = {"rows rejected": len(checked.rejected), **checked.rejected_by_rule}
        implausible = {"findings": len(checked.findings), **checked.findings_by_rule}
        results = {
            TRUSTED: _result(TRUSTED, quarter, {}, passed=True),
            USABLE: _result(USABLE, quarter, unusable, passed=not checked.rejected_by_rule, words=checked.left_out),
            PLAUSIBLE: _result(PLAUSIBLE, quarter, implausible, passed=not checked.findings_by_rule),
            LINKED: _result(LINKED, quarter, links_counted, passed=not worries, words="; ".join(worries)),
        }
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(made.record.data_version),
            metadata={
                "dagster/row_count": len(checked.rows),
                "supplied": checked.supplied,
                "file": checked.file or "not supplied",
                "delivery": short(checked.version),
                **{f"rows {name.replace('_', ' ')}": count for name, count in checked.counts.items()},
                **({f"left aside: {words}": count for words, count in report.ignored.items()} if report else {}),
                **{name: count for name, count in made.record.counts.items() if name.startswith(LINKS)},
                "columns not in the contract": ", ".join(checked.unexpected_columns) or "none",
            },
            check_results=[results[check] for check in checks],
        )

    return _asset(
        extract,
        quarters,
        hooks,
        checks,
        make,
        group_name=extract.name.split("/")[0],
        deps=[delivery_key(extract), *(key(f"extracts/{name}") for name in extract.references)],
        description=describing.extract_description(extract),
        kinds={"csv", "parquet"},
        owners=[describing.owner(extract.supplier)],
        code_version=code_of_extract(extract),
    )


def _calculation(
    catalogue: Catalogue, calculation: Calculation, quarters: dg.PartitionsDefinition, hooks: Hooks
) -> dg.AssetsDefinition:
    """A calculation: reads its tables of the quarters in their windows, and writes its own, or an export's files.

    In the quarters before the programme's start nothing is made but what is made of the extracts' receipts. What is
    what would be made now is left as it is.
    """
    table = calculation.table
    windows = {each.table.name: each.window for each in calculation.inputs if each.wanted != "authorities"}
    checks = [
        *([ALL_THERE] if catalogue.adds_up(calculation) else ()),
        *([ALL_READ] if catalogue.looks_back(calculation) else ()),
    ]

    def results(quarter: Quarter, look: Look, made_from: Origin | None) -> list[dg.AssetCheckResult]:
        missing = [(check, _missing(check, table.name, quarter, look, made_from)) for check in checks]
        return [_result(check, quarter, {"missing": ", ".join(of) or "none"}, passed=not of) for check, of in missing]

    def make(quarter: Quarter, ledger: Ledger, context: dg.AssetExecutionContext) -> _Results:
        look = Look(ledger)
        if quarter < look.earliest(table.name):
            context.log.info("Before the programme's start there is no roster: nothing to make.")
            yield from results(quarter, look, None)
            return
        made = make_table(look, calculation, quarter, context.run.run_id)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(made.record.data_version),
            metadata={
                "dagster/row_count": len(made.rows),
                "made anew": made.is_new,
                "made from": describing.made_from(made.record.origin),
                **(describing.figures_to_plot(made.rows) if calculation.indicator else {}),
            },
            check_results=results(quarter, look, made.record.origin),
        )

    return _asset(
        table,
        quarters,
        hooks,
        checks,
        make,
        group_name=calculation.group,
        deps=[
            *(dg.AssetDep(key(name), partition_mapping=mapping(window)) for name, window in windows.items()),
            *(setting_key(name) for name in calculation.settings if name not in catalogue.outside),
            *([key(RECEIPTS)] if calculation.reads_receipts else ()),
        ],
        description=describing.calculation_description(calculation),
        kinds={"excel"} if calculation.group == "exports" else {"pandas", "parquet"},
        owners=[_ANALYSTS],
        code_version=calculation.code_version,
        output_required=False,
    )


def _missing(check: str, table: str, quarter: Quarter, look: Look, made_from: Origin | None) -> list[str]:
    """What is added up and was not made, or is looked back at and was not read; nothing where nothing is made."""
    if made_from is None:
        return []
    if check == ALL_READ:
        return [str(each) for each in sorted(look.looks_back_at(table, quarter)) if look.is_unread(each)]
    absent = [name for name, version in made_from.inputs.items() if version == NOT_SUPPLIED]
    return [each for each in absent if not each.startswith(DATA_QUALITY.name)]  # of the baseline
