"""Words and labels that every asset gets: description, column schema, kinds, owners, figures to plot."""

from __future__ import annotations

import math
import re

import dagster as dg
import pandas as pd

from fs_pipeline.ledger.catalogue import Calculation
from fs_pipeline.store.lake import Origin
from fs_pipeline.toolkit.extracts import Extract
from fs_pipeline.toolkit.parameters import DECISIONS
from fs_pipeline.toolkit.tables import Table


def column_schema(table: Table) -> dg.TableSchema:
    """The columns with their kinds, toolkit codes and meanings."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.kind.word,
                description=column.words or None,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


def owner(words: str) -> str:
    """A supplier or group of people as Dagster writes an owner: `team:case_management_system`."""
    return "team:" + re.sub(r"\W+", "_", words.lower())


def extract_description(extract: Extract) -> str:
    """What is delivered, by whom, how much of it, and under which key."""
    coverage = (
        "Snapshot: the supplier's whole history as at the quarter end. Rows that start later are left out, ends "
        "after it had not happened yet (Z06)."
        if extract.snapshot
        else "Quarter extract: only what is dated in the quarter."
    )
    need = "Required from the programme's start." if extract.required else "Optional: missing is never zero."
    return (
        f"{extract.description}\n\n{coverage} {need}\n\nSupplier: {extract.supplier}. Key: {', '.join(extract.key)}. "
        f"File: `extracts/<quarter>/{extract.extract}` as .csv, .parquet or .xlsx."
    )


def calculation_description(calculation: Calculation) -> str:
    """What is counted, in words: the toolkit's title, the definition, the measures, the decisions."""
    parts = [calculation.description]
    if indicator := calculation.indicator:
        parts.insert(0, f"**Indicator {indicator.number}. {indicator.title}**")
        parts.append("\n".join(f"- `{each.name}` ({each.unit.word}): {each.meaning}" for each in indicator.measures))
    touched = sorted(set(re.findall(r"Z\d\d", calculation.description)))
    if indicator:
        touched = sorted({*touched, *(decision for each in indicator.measures for decision in each.decisions)})
    if touched:
        parts.append("Decisions:\n" + "\n".join(f"- {each}: {DECISIONS[each].decided}" for each in touched))
    return "\n\n".join(part for part in parts if part)


def made_from(origin: Origin) -> dg.TableMetadataValue:
    """Every table, quarter and version that was read, and the settings: the way back from a figure, as a table."""
    read = ((*name.rpartition("/")[::2], version[:8] or "not there") for name, version in origin.inputs.items())
    rows = [*read, *((f"setting {name}", "", str(value)) for name, value in origin.settings.items())]
    return dg.MetadataValue.table(
        [dg.TableRecord({"table": table, "quarter": quarter, "version": version}) for table, quarter, version in rows],
        schema=dg.TableSchema([dg.TableColumn(name) for name in ("table", "quarter", "version")]),
    )


def figures_to_plot(figures: pd.DataFrame) -> dict[str, float]:
    """The main figures of an indicator, which Dagster plots over the quarters: `fs`, else the whole authority."""
    found: dict[str, dict[str, float]] = {"fs": {}, "authority": {}}
    columns = (figures[name].tolist() for name in ("scope", "measure", "group", "unit", "value"))
    for scope, measure, group, unit, value in zip(*columns, strict=True):
        if scope in found and not math.isnan(value):
            found[scope][f"{measure} ({unit})" if group == "all" else f"{measure}, {group} ({unit})"] = value
    return found["fs"] or found["authority"]
