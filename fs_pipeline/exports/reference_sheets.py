"""The sheets to look things up in: definitions, data quality, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fs_pipeline.exports.excel import Book, Heading, Sheet, headings_of
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.toolkit.fields import FIELDS
from fs_pipeline.toolkit.figures import Indicator
from fs_pipeline.toolkit.parameters import DECISIONS
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline.toolkit.toolkit import Toolkit


def definitions_sheet(book: Book, toolkit: Toolkit, *, with_fields: bool) -> None:
    """Every figure, every decision, and (where the levels are shown) every field, in the toolkit's order."""
    headings = headings_of("definitions")
    below = "What every figure and field means, and what was decided where the toolkit is silent."
    sheet = book.titled_sheet("Definitions", headings, below)
    sheet.text("Figures", bold=True, font_size=12)
    sheet.table(headings, _defined(toolkit.by_number.values(), toolkit), filters=False)
    sheet.subtitle("Figures of the twelve months before and after FS start")
    sheet.table(headings, _defined(toolkit.twelve_months, toolkit), filters=False)
    sheet.subtitle("Decisions")
    decisions = (
        (each.decision, each.touches, f"The toolkit: {each.toolkit_says}", "", each.decided, "")
        for each in DECISIONS.values()
    )
    sheet.table(headings, decisions, filters=False)
    if with_fields:
        sheet.subtitle("Fields")
        fields = (
            (field.code, field.name, field.title, field.unit, field.description, ", ".join(field.decisions))
            for field in FIELDS.values()
        )
        sheet.table(headings, fields, filters=False)


def _defined(indicators: Iterable[Indicator], toolkit: Toolkit) -> Iterator[tuple[str, ...]]:
    for indicator in indicators:
        if indicator.number in toolkit.by_number:
            for of in indicator.measures:
                words = of.unit.word, of.meaning, ", ".join(of.decisions)
                yield str(indicator.number), of.name, indicator.title, *words


def data_quality_sheet(book: Book, provenance: Provenance, *, with_rows: bool) -> None:
    """What was supplied, by quarter; `with_rows` also how many rows, and what became of them, by extract and rule."""
    extract, supplier, supplied, *counts = headings_of("data quality")
    headings = [extract, supplier, supplied, *(counts if with_rows else ())]
    below = "Rows of this quarter's extracts, and what became of them." if with_rows else "This quarter's extracts."
    sheet = book.titled_sheet("Data quality", headings, below)
    rows = (
        (
            each.extract.extract,
            each.extract.supplier,
            "yes" if each.supplied else "not supplied",
            *(each.counts.get(of.column, 0) if each.supplied else None for of in headings[3:]),
        )
        for each in provenance.of_quarter()
    )
    sheet.table(headings, rows, filters=False)
    if with_rows:
        _rows_left_out_and_linked(sheet, provenance.of_quarter())
    sheet.subtitle("Coverage: which extracts were supplied for which quarter (blank: not read, as it was never run)")
    known = {(each.extract.extract, each.quarter): "yes" if each.supplied else "-" for each in provenance.sources}
    quarters = sorted({source.quarter for source in provenance.sources})
    extracts = dict.fromkeys(each.extract.extract for each in provenance.sources)
    coverage = ((name, *(known.get((name, quarter)) for quarter in quarters)) for name in extracts)
    sheet.table([extract, *(Heading((each.label,), Kind.STRING, 11) for each in quarters)], coverage, filters=False)


def _rows_left_out_and_linked(sheet: Sheet, of_quarter: Sequence[Source]) -> None:
    """Rows that were left out or look wrong, by rule; and how well people were linked by names."""
    sheet.subtitle("By rule: rows that were left out, and findings (rows that are used but look wrong)")
    by_rule = [
        (each.extract.extract, name, fate, count)
        for each in of_quarter
        for fate, counts in (("left out", each.rejected), ("finding", each.findings))
        for name, count in counts.items()
    ]
    sheet.table(headings_of("rows left out"), by_rule or [("None", None, None, None)], filters=False)
    if linked := [each for each in of_quarter if each.links]:
        sheet.subtitle("People linked by names: of all quarters, when the extract was last run")
        headings = headings_of("links")
        links = (
            (
                each.extract.extract,
                100 * each.links["link_linked"] / each.links["link_people"] if each.links["link_people"] else None,
                *(each.links.get(f"link_{of.column}") for of in headings[2:]),
            )
            for each in linked
        )
        sheet.table(headings, links, filters=False)


def provenance_sheet(book: Book, provenance: Provenance, *, keyed: bool) -> None:
    """The deliveries, settings, code and run that the workbook was made from; `keyed`: its versions are under a key."""
    headings = headings_of("provenance")
    words = "is under the council's key: it tells one from another" if keyed else "is the head of its SHA-256"
    below = f"What this workbook was made from. The version of a delivery {words}."
    sheet = book.titled_sheet("Provenance", headings, below)
    made = [
        ("Dagster run", "", provenance.run, "", ""),
        ("Code of the workbook", "", "", provenance.code_version, ""),
        *((f"Made with {name}", "", "", version, "") for name, version in provenance.environment.items()),
        *((f"Setting {name}", "", value, "", "") for name, value in provenance.settings.items()),
        *(
            (table, provenance.quarter.label, "", version[:8] or "not supplied", "")
            for table, version in provenance.tables.items()
        ),
    ]
    sheet.table(headings, made, filters=False)
    sheet.subtitle("Deliveries")
    sheet.table(
        headings,
        (
            (
                each.extract.extract,
                each.quarter.label,
                each.file if each.supplied else "not supplied",
                each.version[:8],
                each.delivered,
            )
            for each in provenance.sources
        ),
        freeze_columns=None,
    )
