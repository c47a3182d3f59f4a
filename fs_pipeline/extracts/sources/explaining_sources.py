"""Says how sources.toml is understood: where each extract comes from, under which names and codes, and what is left.

For the person who writes the mapping, on the terminal only: codes without a mapping are shown as they stand, unless
they are so many that the column does not look like one of codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.extracts.cells.format_extracts import LinkQuality, SourceError
from fs_pipeline.extracts.sources.linked_sources import Review
from fs_pipeline.extracts.sources.sources import Sources
from fs_pipeline.toolkit.extracts import EXTRACTS

MOST_CODES = 20
"""With more different codes without a mapping in a column, they are counted and not shown: they may be names."""


@dataclass(frozen=True)
class ExplainedSource:
    """An extract's source, in words.

    Attributes:
        extract: the extract.
        source: where it comes from.
        columns: `theirs -> ours`, of those under other names.
        codes: `column: theirs -> ours`.
        unmapped: `column: code (times)`.
        ignored: what was left aside on purpose, with its count.
        links: how its people were linked by names, and where the clerk's workbook lies.
    """

    extract: str
    source: str
    columns: tuple[str, ...]
    codes: tuple[str, ...]
    unmapped: tuple[str, ...]
    ignored: tuple[str, ...]
    links: tuple[str, ...]


def explain_sources(sources: Sources, quarter: Quarter) -> Iterator[ExplainedSource]:
    """Every extract that has a source, as far as that can be read."""
    for name, source in sources.file.extracts.items():
        try:
            rows = sources.extract(EXTRACTS[name], quarter)
        except SourceError:  # said with the extract itself
            rows = None
        yield ExplainedSource(
            name,
            sources.describe(EXTRACTS[name]),
            tuple(f"{theirs} -> {ours}" for theirs, ours in source.columns.items()),
            tuple(
                f"{column}: {theirs} -> {str(ours).lower() if isinstance(ours, bool) else ours}"
                for column, codes in source.codes.items()
                for theirs, ours in codes.items()
            ),
            tuple(_counted(rows.report.unmapped)) if rows else (),
            tuple(f"{words} ({count:,})" for words, count in rows.report.ignored.items()) if rows else (),
            tuple(_linked(rows.report.links, sources.review(EXTRACTS[name]))) if rows and rows.report.links else (),
        )


def _linked(links: LinkQuality, review: Review | None) -> Iterator[str]:
    yield f"{links.people:,} people: {links.linked:,} linked, {links.doubtful:,} doubtful, {links.unlinked:,} unlinked"
    yield from links.worries()
    if review and links.doubtful:
        yield f"a run puts the doubtful into {review.path.parent.name}/{review.path.name}: say yes or no there"


def _counted(unmapped: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for column, codes in unmapped.items():
        if len(codes) > MOST_CODES:
            yield (f"{column}: {len(codes):,} different ones in {sum(codes.values()):,} rows: is it a column of codes?")
        else:
            yield from (f"{column}: {code} ({count:,})" for code, count in codes.items())


def explain_formats(sources: Sources) -> Iterator[tuple[str, str, str, str]]:
    """Every setting of every format: format, reader, key, value."""
    for each in sources.file.formats.values():
        over = {"database": each.database} if each.database else {"files": list(each.files)}
        for key, value in _flat("", {**over, **each.settings}):
            yield each.name, each.reader, key, value


def _flat(key: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(f"{key}{name}.", value)
        else:
            words = ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
            yield f"{key}{name}", words
