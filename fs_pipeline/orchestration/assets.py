"""The assets: 21 extracts, and a calculation each, made by one factory from the contract and from the catalogue."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd

from fs_pipeline import __version__
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.windows import Deliveries
from fs_pipeline.extracts.checking import CheckedExtract
from fs_pipeline.extracts.refusals import ExtractRefused
from fs_pipeline.orchestration import describing
from fs_pipeline.orchestration.catalogue import CALCULATIONS, Calculation, Input
from fs_pipeline.orchestration.lake import Lake, NotInLake, Record
from fs_pipeline.orchestration.partitions import mapping, quarterly
from fs_pipeline.orchestration.receiving import keep_left_out, receive, references
from fs_pipeline.orchestration.state import State
from fs_pipeline.toolkit.extracts import EXTRACTS, Extract

TRUSTED, USABLE, PLAUSIBLE = "file_can_be_trusted", "rows_can_be_used", "content_is_plausible"
_LOOKED_OVER = ("people", "attendance", "absence_reasons", "cp_plans", "care_periods")
_ANALYSTS = describing.owner("performance analysts")


def all_assets(first: Quarter) -> list[dg.AssetsDefinition]:
    """Every asset, partitioned by quarter from the first baseline quarter on."""
    quarters = quarterly(first)
    extracts = [extract_asset(extract, quarters) for extract in EXTRACTS.values()]
    return extracts + [calculation_asset(calculation, quarters) for calculation in CALCULATIONS]


def key(table: str) -> dg.AssetKey:
    """The asset key of a table: its path in the lake."""
    return dg.AssetKey(table.split("/"))


def extract_asset(extract: Extract, quarters: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """An extract: reads what was delivered for the quarter, checks it, keeps the rows that can be used."""
    checks = [
        dg.AssetCheckSpec(
            TRUSTED,
            asset=key(extract.name),
            blocking=True,
            description="The file is there when required, readable, has every column, and its keys are sound.",
        ),
        dg.AssetCheckSpec(
            USABLE,
            asset=key(extract.name),
            description="No row was left out. Rows left out stand in `rejected/` with their reason.",
        ),
    ]
    if extract.extract in _LOOKED_OVER:
        checks.append(
            dg.AssetCheckSpec(
                PLAUSIBLE,
                asset=key(extract.name),
                description="No row looks wrong. Rows that do are used all the same, and stand in `rejected/`.",
            )
        )

    @dg.asset(
        key=key(extract.name),
        group_name="extracts",
        partitions_def=quarters,
        deps=[dg.AssetDep(key(f"extracts/{name}")) for name in references(extract)],
        check_specs=checks,
        description=describing.extract_description(extract),
        metadata={"dagster/column_schema": describing.column_schema(extract)},
        kinds={"csv", "parquet"},
        owners=[describing.owner(extract.supplier)],
        code_version=__version__,
    )
    def asset(
        context: dg.AssetExecutionContext, state: dg.ResourceParam[State]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        quarter = Quarter.parse(context.partition_key)
        lake = state.lake
        records = {name: lake.record(f"extracts/{name}", quarter) for name in references(extract)}

        def known(name: str) -> pd.DataFrame | None:
            record = records[name]
            return lake.read(EXTRACTS[name], quarter) if record and record.supplied else None

        try:
            checked = receive(state, quarter, extract, known)
        except ExtractRefused as refusal:
            yield dg.AssetCheckResult(
                check_name=TRUSTED, passed=False, description=str(refusal), metadata={"quarter": quarter.label}
            )
            raise dg.Failure(str(refusal), allow_retries=False) from None
        keep_left_out(state, quarter, extract, checked)
        record = lake.write(
            extract,
            quarter,
            checked.rows,
            code_version=__version__,
            supplied=checked.supplied,
            delivery=checked.version,
            inputs={
                f"extracts/{name}/{quarter.key}": found.data_version if found else "" for name, found in records.items()
            },
            counts=checked.counts,
        )
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(record.data_version),
            metadata={
                "dagster/row_count": len(checked.rows),
                "supplied": checked.supplied,
                "file": checked.file or "not supplied",
                "delivery": checked.version[:12],
                **{f"rows {name.replace('_', ' ')}": count for name, count in checked.counts.items()},
                "columns not in the contract": ", ".join(checked.unexpected_columns) or "none",
            },
            check_results=_checked(extract, quarter, checked),
        )

    return asset


def _checked(extract: Extract, quarter: Quarter, checked: CheckedExtract) -> list[dg.AssetCheckResult]:
    """The check results: quarter, counts and rules, never a person."""
    of_quarter = {"quarter": quarter.label}
    results = [
        dg.AssetCheckResult(check_name=TRUSTED, passed=True, metadata=of_quarter),
        dg.AssetCheckResult(
            check_name=USABLE,
            passed=not checked.rejected_by_rule,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={**of_quarter, "rows rejected": len(checked.rejected), **checked.rejected_by_rule},
        ),
    ]
    if extract.extract in _LOOKED_OVER:
        results.append(
            dg.AssetCheckResult(
                check_name=PLAUSIBLE,
                passed=not checked.findings_by_rule,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={**of_quarter, "findings": len(checked.findings), **checked.findings_by_rule},
            )
        )
    return results


def calculation_asset(calculation: Calculation, quarters: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """A calculation: reads its tables of the quarters in their windows, and writes its own.

    Nothing is made in the quarters before the programme's start, which have extracts alone.
    """
    windows = {needed.table.name: needed.window for needed in calculation.inputs}

    @dg.asset(
        key=key(calculation.table.name),
        group_name=calculation.group,
        partitions_def=quarters,
        deps=[dg.AssetDep(key(name), partition_mapping=mapping(window)) for name, window in windows.items()],
        description=describing.calculation_description(calculation),
        metadata={"dagster/column_schema": describing.column_schema(calculation.table)},
        kinds={"pandas", "parquet"},
        owners=[_ANALYSTS],
        code_version=__version__,
        output_required=False,
    )
    def asset(
        context: dg.AssetExecutionContext, state: dg.ResourceParam[State]
    ) -> Iterator[dg.MaterializeResult[None]]:
        quarter, programme = Quarter.parse(context.partition_key), state.programme()
        if quarter.first_day < programme.start:
            context.log.info("Before the programme's start there is no roster: nothing to make.")
            return
        reader = _Reader(state.lake, quarter, state.first_quarter())
        try:
            made = calculation.run(quarter, programme, reader.read)
        except NotInLake as missing:
            raise dg.Failure(str(missing), allow_retries=False) from None
        except Exception as fault:  # its text may hold a value, and values are about people
            raise dg.Failure(
                f"{calculation.table.name} for {quarter.label}: {type(fault).__name__} at {_place(fault)}. This is a "
                "fault in the program, not in the data: please report this line.",
                allow_retries=False,
            ) from None
        record = state.lake.write(calculation.table, quarter, made, code_version=__version__, inputs=reader.versions)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(record.data_version),
            metadata={
                "dagster/row_count": len(made),
                **(describing.figures_to_plot(made) if calculation.indicator else {}),
            },
        )

    return asset


class _Reader:
    """Reads a calculation's inputs from the lake, and remembers their versions."""

    def __init__(self, lake: Lake, quarter: Quarter, first: Quarter) -> None:
        self._lake = lake
        self._quarter = quarter
        self._first = first
        self.versions: dict[str, str] = {}

    def read(self, needed: Input) -> object:
        """The input as it is wanted."""
        if needed.wanted == "deliveries":
            return self._deliveries(needed)
        record = self._record(needed, self._quarter)
        if record is None:
            raise NotInLake(f"{needed.table.name} has not been run for {self._quarter.label}: materialise it first")
        if needed.wanted == "supplied":
            return record.supplied
        if needed.wanted == "optional" and not record.supplied:
            return None
        return self._lake.read(needed.table, self._quarter)

    def _deliveries(self, needed: Input) -> Deliveries:
        back = needed.window.first
        first = self._first if back is None else max(self._quarter.shifted(back), self._first)
        supplied, frames = {}, []
        for quarter in first.until(self._quarter.shifted(needed.window.last)):
            record = self._record(needed, quarter)
            supplied[quarter] = record is not None and record.supplied
            if supplied[quarter]:
                frames.append(self._lake.read(needed.table, quarter))
        if back is not None:
            # Quarters before the first one: no extract of theirs is ever there.
            supplied |= dict.fromkeys(self._quarter.shifted(back).until(first.shifted(-1)), False)
        rows = pd.concat(frames, ignore_index=True) if frames else needed.table.empty()
        return Deliveries(rows, supplied)

    def _record(self, needed: Input, quarter: Quarter) -> Record | None:
        record = self._lake.record(needed.table.name, quarter)
        self.versions[f"{needed.table.name}/{quarter.key}"] = record.data_version if record else ""
        return record


def _place(fault: BaseException) -> str:
    """File and line of our code nearest to where it happened."""
    ours = [frame for frame in traceback.extract_tb(fault.__traceback__) if "fs_pipeline" in frame.filename]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
