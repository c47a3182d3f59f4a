"""The person and the family level in the toolkit's layout, and its own checks as live formulas."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from fs_pipeline.exports.excel import A3, Book, Heading, values
from fs_pipeline.toolkit.tables import Column, Kind, Table

_HEADINGS = 2
"""Lines of heading above the first row of values: the toolkit's code, and its name."""
_RATIOS = {
    "mean_cp_days_in_family": ("cp_days_during_fs", "cp_plans_in_family"),
    "unauthorised_share": ("unauthorised_sessions", "possible_sessions"),
    "authorised_share": ("authorised_sessions", "possible_sessions"),
}
"""The family level's averages and shares: what is divided by what (indicator 2, I18, I19)."""
_ALIKE = 1e-9
"""Numbers that differ by less are alike."""
_SAME_AS = {"cp_plans_in_family": "cp_plans_during_fs"}
"""Family fields that add up a person field of another name (Z17)."""


def level_sheet(book: Book, name: str, table: Table, rows: pd.DataFrame) -> None:
    """A level: a row a person or family, a column a field, in the toolkit's order under its codes and names.

    Too wide for any paper: the foot of a printed page says so, and headings and keys stand on each.
    """
    sheet = book.sheet(name, paper=A3, pages=(0, 0))
    sheet.worksheet.set_footer("&L&8&A: for the screen; hide columns before printing&R&8Page &P of &N")
    headings = [_heading(column) for column in table.columns]
    sheet.columns(headings)
    keys = [position for position, column in enumerate(table.columns) if column.name in ("person_id", "family_key")]
    sheet.table(headings, values(rows[table.names]), freeze_columns=max(keys) + 1, ruled=False)


def _heading(column: Column) -> Heading:
    percent = "0.0%" if column.unit == "ratio" else ""
    words = (column.code, column.title or column.name.replace("_", " ").capitalize())
    return Heading(words, column.kind, number_format=percent)


def checks_sheet(book: Book, person: Table, people: pd.DataFrame, family: Table, families: pd.DataFrame) -> None:
    """The toolkit's own sums, shares and averages as formulas over the other sheets; a row a family.

    The last column says whether they agree with the fields on the sheet `Family level`, and the line at the top how
    many families do not.
    """
    checked = [column for column in family.columns if column.name in _RATIOS or _is_added_up(column, person)]
    names = [column.name for column in checked]
    headings = [
        Heading(("R01", "Family Grouping Key"), Kind.STRING, 20),
        *(Heading((column.code, column.title), Kind.FLOAT, 14) for column in checked),
        Heading(("", "Agrees with Family level"), Kind.STRING, 12),
    ]
    below = "Sums by family (SUMIFS over the person level), shares and averages, as live formulas."
    sheet = book.titled_sheet("Checks", headings, below, paper=A3)
    first = sheet.row + 1 + _HEADINGS
    agrees = xl_col_to_name(len(names) + 1)
    bold, words = book.format(bold=True), book.format()
    written = [book.format(num_format=_checked_format(column), align="right") for column in checked]
    worked_out = _worked_out(names, people, families)
    differences = worked_out.astype("float64").fillna(0) - families[names].astype("float64").fillna(0)
    differ = (differences.abs() >= _ALIKE).any(axis=1).tolist()
    sheet.worksheet.write_string(sheet.row, 0, "Families that differ", bold)
    formula = f'=COUNTIF({agrees}{first + 1}:{agrees}{first + max(len(families), 1)},"NO")'
    sheet.worksheet.write_formula(sheet.row, 1, formula, bold, sum(differ))
    sheet.row += 1
    sheet.table(headings, [], filters=False, freeze_columns=1)
    add_up = _family_sum(person, people)
    rows = zip(families["family_key"], values(worked_out), differ, strict=True)
    for number, (key, of_family, differs) in enumerate(rows):
        line, theirs = sheet.row + 1, {name: _on_family_level(family, name, number) for name in (*names, "family_key")}
        own = {name: f"{xl_col_to_name(position)}{line}" for position, name in enumerate(names, start=1)}
        sheet.worksheet.write_formula(sheet.row, 0, f"={theirs['family_key']}", words, key)
        for position, (name, value) in enumerate(zip(names, of_family, strict=True), start=1):
            if name in _RATIOS:
                part, whole = (own[of] for of in _RATIOS[name])
                formula = f'=IF({whole}=0,"",{part}/{whole})'
            else:
                formula = add_up(_SAME_AS.get(name, name), f"$A{line}")
            sheet.worksheet.write_formula(
                sheet.row, position, formula, written[position - 1], "" if value is None else value
            )
        alike = ",".join(f"ABS(N({own[name]})-N({theirs[name]}))<{_ALIKE:.9f}" for name in names)
        formula = f'=IF(AND({alike}),"yes","NO")'
        sheet.worksheet.write_formula(sheet.row, len(names) + 1, formula, words, "NO" if differs else "yes")
        sheet.row += 1


def _worked_out(names: Sequence[str], people: pd.DataFrame, families: pd.DataFrame) -> pd.DataFrame:
    """What the formulas give, for readers that do not work them out; a share or average of nothing is blank."""
    counted = {name: people[_SAME_AS.get(name, name)] for name in names if name not in _RATIOS}
    own = pd.DataFrame(counted).groupby(people["family_key"]).sum().reindex(families["family_key"], fill_value=0)
    for name, (part, whole) in _RATIOS.items():
        own[name] = own[part] / own[whole].replace(0, pd.NA)
    return own.set_axis(families.index)[names]


def _checked_format(column: Column) -> str:
    """A share is per cent, as on the sheet `Family level`; an average has decimals, a sum has none."""
    return _heading(column).number_format or ("#,##0.0##" if column.name in _RATIOS else "#,##0")


def _is_added_up(column: Column, person: Table) -> bool:
    """Whether a family's field is the sum of its people's."""
    return column.kind is Kind.INT and _SAME_AS.get(column.name, column.name) in person.names


def _on_family_level(family: Table, name: str, number: int) -> str:
    """The cell of a family's field on the sheet `Family level`."""
    return f"'Family level'!{xl_col_to_name(family.names.index(name))}{_HEADINGS + 1 + number}"


def _family_sum(person: Table, people: pd.DataFrame) -> Callable[[str, str], str]:
    """Gives the formula that adds up a person field over the family whose key stands in a cell.

    SUMIFS takes a key that looks like a number for that number, `*` and `?` for any text, and capitals for small
    letters: with such keys the formula compares them letter by letter instead.
    """
    last = _HEADINGS + max(len(people), 1)
    columns = {name: xl_col_to_name(position) for position, name in enumerate(person.names)}
    over = {name: f"'Person level'!${column}${_HEADINGS + 1}:${column}${last}" for name, column in columns.items()}
    keys = people["family_key"].dropna().drop_duplicates()
    if keys.str.fullmatch(r"[^0-9*?~<>=.,+-][^*?~]*").all() and keys.str.casefold().is_unique:
        return lambda name, key: f"=SUMIFS({over[name]},{over['family_key']},{key})"
    return lambda name, key: f"=SUMPRODUCT(--EXACT({over['family_key']},{key}),{over[name]})"
