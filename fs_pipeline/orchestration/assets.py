"""The assets: an extract each, and a calculation each, made by one factory from the contract and from the catalogue.

An asset whose record says that it was made from what it would be made from now is left as it is: running it again
writes nothing, and what is downstream stays fresh.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager

import dagster as dg

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.link_quality import LinkQuality
from fs_pipeline.extracts.cells.refusals import ExtractRefused
from fs_pipeline.extracts.checks.checking import CheckedExtract
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.ledger.catalogue import Calculation, Catalogue
from fs_pipeline.ledger.freshness import code_of_extract
from fs_pipeline.ledger.look import NOT_SUPPLIED, RECEIPTS, Ledger, Look, short
from fs_pipeline.ledger.making import make_extract, make_table
from fs_pipeline.ledger.receiving import references
from fs_pipeline.orchestration import describing
from fs_pipeline.orchestration.failing import failing_plainly, trying_again
from fs_pipeline.orchestration.instance.locking import at_work_on
from fs_pipeline.orchestration.partitions import mapping, quarterly
from fs_pipeline.orchestration.watching import delivery_key, receipts_observed, setting_key, watched_assets
from fs_pipeline.settings.reading import SettingsError
from fs_pipeline.store.lake import Origin
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.fields import DATA_QUALITY, LINKS

TRUSTED, USABLE, PLAUSIBLE = "file_can_be_trusted", "rows_can_be_used", "content_is_plausible"
LINKED = "links_are_certain"
ALL_THERE, ALL_READ = "every_follow_up_is_there", "every_earlier_delivery_is_read"
A_RUN_EACH = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
"""A backfill makes a run a quarter: one that fails does not stop the others, and each can be run again."""
Hooks = Set[dg.HookDefinition]
_ANALYSTS = describing.owner("performance analysts")


def all_assets(
    catalogue: Catalogue, first: Quarter, sources: Sources, hooks: Hooks = frozenset()
) -> list[dg.AssetsDefinition | dg.SourceAsset | dg.AssetSpec]:
    """Every asset, partitioned by quarter from the first baseline quarter on; settings and sources have no quarters.

    Args:
        catalogue: what is received and made.
        first: the first baseline quarter.
        sources: where extracts are read from, if not from files of their own.
        hooks: what happens when an asset of a quarter is made or fails.
    """
    quarters = quarterly(first)
    extracts = [extract_asset(each, quarters, hooks, links=bool(sources.links(each))) for each in catalogue.extracts]
    calculations = [calculation_asset(catalogue, each, quarters, hooks) for each in catalogue.calculations]
    return [*watched_assets(catalogue, quarters, sources), *extracts, *calculations]


def key(table: str) -> dg.AssetKey:
    """The asset key of a table: its path in the lake."""
    return dg.AssetKey(table.split("/"))


def extract_asset(
    extract: Extract, quarters: dg.PartitionsDefinition, hooks: Hooks, *, links: bool
) -> dg.AssetsDefinition:
    """An extract: reads what was delivered for the quarter, checks it, keeps the rows that can be used.

    Args:
        extract: the extract.
        quarters: the quarters that it has.
        hooks: what happens when a quarter of it is made or fails.
        links: its people are linked to ours by names.
    """
    checks = [
        dg.AssetCheckSpec(
            TRUSTED,
            asset=key(extract.name),
            blocking=True,
            description="The file is there when required, readable, has every column, its keys are sound, and enough "
            "of its rows can be used.",
        ),
        dg.AssetCheckSpec(
            USABLE,
            asset=key(extract.name),
            description="No row was left out. Rows left out stand in `rejected/` with their reason.",
        ),
        dg.AssetCheckSpec(
            PLAUSIBLE,
            asset=key(extract.name),
            description="No row looks wrong. Rows that do are used all the same, and stand in `rejected/`.",
        ),
    ]
    if links:
        words = "Its people, who have no identifier of ours, are linked by names; nobody waits for a clerk to decide."
        checks.append(dg.AssetCheckSpec(LINKED, asset=key(extract.name), description=words))

    @dg.asset(
        key=key(extract.name),
        group_name=extract.name.split("/")[0],
        partitions_def=quarters,
        deps=[delivery_key(extract), *(key(f"extracts/{name}") for name in references(extract))],
        check_specs=checks,
        description=describing.extract_description(extract),
        metadata={"dagster/column_schema": describing.column_schema(extract)},
        kinds={"csv", "parquet"},
        owners=[describing.owner(extract.supplier)],
        code_version=code_of_extract(extract),
        backfill_policy=A_RUN_EACH,
        hooks=hooks,
    )
    def asset(
        context: dg.AssetExecutionContext, ledger: dg.ResourceParam[Ledger]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        quarter = Quarter.parse(context.partition_key)
        with _step(extract.name, quarter, ledger, context):
            yield from _received(extract, quarter, ledger, context, links=links)

    return asset


@contextmanager
def _step(table: str, quarter: Quarter, ledger: Ledger, context: dg.AssetExecutionContext) -> Iterator[None]:
    """A step's work on a quarter: alone, failing in plain words, tried again where that helps."""
    with trying_again(context.retry_number), failing_plainly(table, quarter), at_work_on(ledger.state, quarter):
        yield


def _received(
    extract: Extract, quarter: Quarter, ledger: Ledger, context: dg.AssetExecutionContext, *, links: bool
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Reads and checks what was delivered of an extract; writes its table, its rejected rows and its findings."""
    try:
        made = make_extract(
            Look(ledger), extract, quarter, lambda version: context.log_event(receipts_observed(version, quarter))
        )
    except (ExtractRefused, SettingsError) as refusal:
        yield dg.AssetCheckResult(
            check_name=TRUSTED, passed=False, description=str(refusal), metadata={"quarter": quarter.label}
        )
        raise dg.Failure(str(refusal), allow_retries=False) from None
    checked, report = made.checked, made.delivery.report if made.delivery else None
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
        check_results=[*_checked(quarter, checked), *(_linked(quarter, made.links) if links else ())],
    )


def _linked(quarter: Quarter, quality: LinkQuality | None) -> Iterator[dg.AssetCheckResult]:
    """What there is to worry about in the links: counts and rates, never a person."""
    worries = quality.worries() if quality else []
    yield dg.AssetCheckResult(
        check_name=LINKED,
        passed=not worries,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(worries),
        metadata={"quarter": quarter.label, **(quality.counts() if quality else {})},
    )


def _checked(quarter: Quarter, checked: CheckedExtract) -> list[dg.AssetCheckResult]:
    """The check results: quarter, counts and rules, never a person."""
    of_quarter = {"quarter": quarter.label}
    return [
        dg.AssetCheckResult(check_name=TRUSTED, passed=True, metadata=of_quarter),
        dg.AssetCheckResult(
            check_name=USABLE,
            passed=not checked.rejected_by_rule,
            severity=dg.AssetCheckSeverity.WARN,
            description=checked.left_out,
            metadata={**of_quarter, "rows rejected": len(checked.rejected), **checked.rejected_by_rule},
        ),
        dg.AssetCheckResult(
            check_name=PLAUSIBLE,
            passed=not checked.findings_by_rule,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={**of_quarter, "findings": len(checked.findings), **checked.findings_by_rule},
        ),
    ]


def calculation_asset(
    catalogue: Catalogue, calculation: Calculation, quarters: dg.PartitionsDefinition, hooks: Hooks
) -> dg.AssetsDefinition:
    """A calculation: reads its tables of the quarters in their windows, and writes its own.

    In the quarters before the programme's start nothing is made but what is made of the extracts' receipts.
    """
    windows = {each.table.name: each.window for each in calculation.inputs if each.wanted != "authorities"}
    table = calculation.table
    checks = []
    if catalogue.adds_up(calculation):
        words = "Every earlier quarter's follow-up has been made: what is missing is not in these figures."
        checks.append(dg.AssetCheckSpec(ALL_THERE, asset=key(table.name), description=words))
    if catalogue.looks_back(calculation):
        words = "What was delivered for earlier quarters that it looks back at was run: unread, it is not supplied."
        checks.append(dg.AssetCheckSpec(ALL_READ, asset=key(table.name), description=words))

    @dg.asset(
        key=key(table.name),
        group_name=calculation.group,
        partitions_def=quarters,
        deps=[
            *(dg.AssetDep(key(name), partition_mapping=mapping(window)) for name, window in windows.items()),
            *(setting_key(name) for name in calculation.settings if name not in catalogue.outside),
            *([key(RECEIPTS)] if calculation.reads_receipts else ()),
        ],
        check_specs=checks,
        description=describing.calculation_description(calculation),
        metadata={"dagster/column_schema": describing.column_schema(table)},
        kinds={"excel"} if calculation.group == "exports" else {"pandas", "parquet"},
        owners=[_ANALYSTS],
        code_version=calculation.code_version,
        output_required=False,
        backfill_policy=A_RUN_EACH,
        hooks=hooks,
    )
    def asset(
        context: dg.AssetExecutionContext, ledger: dg.ResourceParam[Ledger]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        quarter = Quarter.parse(context.partition_key)
        with _step(table.name, quarter, ledger, context):
            yield from _calculated(calculation, quarter, ledger, context)

    return asset


def _calculated(
    calculation: Calculation, quarter: Quarter, ledger: Ledger, context: dg.AssetExecutionContext
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Makes a calculation's table or an export's files, unless they are what would be made now."""
    look = Look(ledger)
    if quarter < look.earliest(calculation.table.name):
        context.log.info("Before the programme's start there is no roster: nothing to make.")
        yield from _looked_over(calculation, quarter, look, None)
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
        check_results=_looked_over(calculation, quarter, look, made.record.origin),
    )


def _looked_over(
    calculation: Calculation, quarter: Quarter, look: Look, made_from: Origin | None
) -> list[dg.AssetCheckResult]:
    """Whether every table that is added up was made, and every earlier delivery that is looked back at was read.

    Without an origin nothing is made, and nothing missing.
    """
    found: dict[str, list[str]] = {}
    if look.catalogue.adds_up(calculation):
        absent = [name for name, version in made_from.inputs.items() if version == NOT_SUPPLIED] if made_from else []
        found[ALL_THERE] = [each for each in absent if not each.startswith(DATA_QUALITY.name)]  # of the baseline
    if look.catalogue.looks_back(calculation):
        looked_at = look.looks_back_at(calculation.table.name, quarter) if made_from else ()
        found[ALL_READ] = [str(each) for each in sorted(looked_at) if look.is_unread(each)]
    return [
        dg.AssetCheckResult(
            check_name=name,
            passed=not missing,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"quarter": quarter.label, "missing": ", ".join(missing) or "none"},
        )
        for name, missing in found.items()
    ]
