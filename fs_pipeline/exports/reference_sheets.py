"""The sheets to look things up in: definitions, data quality, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fs_pipeline.exports.excel import Book, Heading, Sheet, headings_of
from fs_pipeline.exports.provenance import Provenance, Source
from fs_pipeline.toolkit.fields import FIELDS
from fs_pipeline.toolkit.parameters import DECISIONS
from fs_pipeline.toolkit.tables import Kind
from fs_pipeline.toolkit.toolkit import Toolkit

_COUNTS = ("delivered", "used", "rejected", "duplicates", "after_quarter", "ends_blanked")
_LINKS = (
    *("people", "linked", "by_review", "doubtful", "unlinked", "unreadable", "rows", "rows_linked"),
    *("false_in_10_000", "stale_reviews"),
)


def definitions_sheet(book: Book, toolkit: Toolkit, *, with_fields: bool) -> None:
    """Every figure, every decision, and (where the levels are shown) every field, in the toolkit's order."""
    headings = headings_of("definitions")
    below = "What every figure and field means, and what was decided where the toolkit is silent."
    sheet = book.titled_sheet("Definitions", headings, below)
    sheet.text("Figures", bold=True, font_size=12)
    figures = (
        (
            str(number),
            measure.name,
            toolkit.by_number[number].title,
            measure.unit.word,
            measure.meaning,
            ", ".join(measure.decisions),
        )
        for (number, _), measure in toolkit.measures.items()
    )
    sheet.table(headings, figures, filters=False)
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


def _extract_and_counts(*columns: Heading, counts: Iterable[str] = ()) -> list[Heading]:
    """The columns of a table of extracts: the extract, others, and the numbers of what was counted."""
    words = (name.replace("_", " ").capitalize() for name in counts)
    return [Heading(("Extract",), Kind.STRING, 24), *columns, *(Heading((each,), Kind.INT, 11) for each in words)]


def data_quality_sheet(book: Book, provenance: Provenance, *, with_rows: bool) -> None:
    """What was supplied, by quarter; `with_rows` also how many rows, and what became of them, by extract and rule."""
    supplier, supplied = Heading(("Supplier",), Kind.STRING, 26), Heading(("Supplied",), Kind.STRING, 14)
    counts = _COUNTS if with_rows else ()
    headings = _extract_and_counts(supplier, supplied, counts=counts)
    below = "Rows of this quarter's extracts, and what became of them." if with_rows else "This quarter's extracts."
    sheet = book.titled_sheet("Data quality", headings, below)
    rows = (
        (
            each.extract.extract,
            each.extract.supplier,
            "yes" if each.supplied else "not supplied",
            *(each.counts.get(name, 0) if each.supplied else None for name in counts),
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
    coverage = ((extract, *(known.get((extract, quarter)) for quarter in quarters)) for extract in extracts)
    of_quarters = (Heading((each.label,), Kind.STRING, 11) for each in quarters)
    sheet.table(_extract_and_counts(*of_quarters), coverage, filters=False)


def _rows_left_out_and_linked(sheet: Sheet, of_quarter: Sequence[Source]) -> None:
    """Rows that were left out or look wrong, by rule; and how well people were linked by names."""
    sheet.subtitle("By rule: rows that were left out, and findings (rows that are used but look wrong)")
    rule, became = Heading(("Rule",), Kind.STRING, 26), Heading(("What became of the rows",), Kind.STRING, 14)
    by_rule = [
        (each.extract.extract, name, fate, count)
        for each in of_quarter
        for fate, counts in (("left out", each.rejected), ("finding", each.findings))
        for name, count in counts.items()
    ]
    none = [("None", None, None, None)]
    sheet.table(_extract_and_counts(rule, became, counts=["rows"]), by_rule or none, filters=False)
    if linked := [each for each in of_quarter if each.links]:
        sheet.subtitle("People linked by names: of all quarters, when the extract was last run")
        rate = Heading(("Match rate, %",), Kind.FLOAT, 26)
        links = (
            (
                each.extract.extract,
                100 * each.links["link_linked"] / each.links["link_people"] if each.links["link_people"] else None,
                *(each.links.get(f"link_{name}") for name in _LINKS),
            )
            for each in linked
        )
        sheet.table(_extract_and_counts(rate, counts=_LINKS), links, filters=False)


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
