"""What the toolkit says of its indicators: `indicators.csv`, and `measures.csv`, a row a measure and period.

A cell of `measures.csv` is an attribute of `Measure`, or of what that is made of. What a row leaves blank is as the
classes say; whether everyone may see a measure is never left blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fs_pipeline.toolkit.figures import Continues, Count, Headline, Indicator, Made, Mean, Measure, PartOf, Share, Sum
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.units import Unit

_UNITS = {unit.word: unit for unit in Unit}
_PUBLISHED = {"yes": True, "no": False}


def toolkit_indicator(number: int, period: str = "quarter") -> Indicator:
    """The toolkit's indicator, with its measures of a period: `quarter`, or `twelve_months` around FS start.

    Raises:
        ValueError: a row of it is wrong: see `measure_of`.
    """
    (row,) = (row for row in sheet("indicators") if row["number"] == str(number))
    rows = (row for row in sheet("measures") if (row["indicator"], row["period"]) == (str(number), period))
    return Indicator(number, row["title"], tuple(map(measure_of, rows)), row["sheet"])


def measure_of(row: Mapping[str, str]) -> Measure:
    """The measure that a row of `measures.csv` declares.

    Raises:
        ValueError: it does not say whether everyone may see it, or names a unit or kind that there is not.
    """
    said: dict[str, Any] = {name: row[name] for name in ("better", "same_people") if row[name]}
    if row["groups"]:
        said["groups"] = tuple(row["groups"].split(";"))
    if row["part_of"]:
        of_indicator = int(row["of_indicator"]) if row["of_indicator"] else None
        said["part_of"] = PartOf(row["part_of"], row["split"], of_indicator)
    if row["continues"]:
        said["continues"] = Continues(row["continues"], int(row["quarters"] or 1))
    if row["headline"]:
        said["headline"] = Headline(row["headline"], row["headline_scope"] or "fs", row["headline_group"] or "all")
    if row["since"]:
        said["since"] = date.fromisoformat(row["since"])
    try:
        return Measure(
            row["measure"],
            _made(row),
            row["meaning"],
            published=_PUBLISHED[row["published"]],
            decisions=tuple(filter(None, row["decisions"].split(";"))),
            **said,
        )
    except KeyError as error:
        raise ValueError(f"measures.csv: {row['measure']} of indicator {row['indicator']}: {error} is none") from error


def _made(row: Mapping[str, str]) -> Made:
    match row["kind"]:
        case "count":
            return Count(_UNITS[row["unit"]])
        case "sum":
            return Sum(_UNITS[row["unit"]], of=row["whole"])
        case "mean":
            return Mean(_UNITS[row["unit"]], _UNITS[row["over"]], tuple(filter(None, row["whole"].split(";"))))
        case "share":
            return Share(row["part"], row["whole"], _UNITS[row["over"]])
        case kind:
            raise KeyError(kind)
