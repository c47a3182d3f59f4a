"""What a quarter comes to: the subjects' fields by person and by family, and every figure in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Numbers, Positions, flags, numbers, positions, ratio, totals
from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.arithmetic.scores import TOP_SCALES
from fs_pipeline.toolkit.extracts import DA_PROGRAMMES, SUBSTANCE_TREATMENTS, TOP_FORMS
from fs_pipeline.toolkit.fields import FAMILIES, FAMILY_LEVEL, FIELDS, INDICATOR_VALUES, PERSON_LEVEL, ROSTER
from fs_pipeline.toolkit.tables import ArrayLike

_RATIOS = ("unauthorised_share", "authorised_share")
_SUMS = tuple(
    field.name
    for field in FIELDS.values()
    if field.level == "both" and field.name not in FAMILIES.names and field.name not in _RATIOS
)
_FIRST_AND_LATEST = tuple(f"top_{domain}_{form}" for domain in TOP_SCALES for form in ("initial", "latest"))
_ABOUT_PEOPLE = (
    "treatment_start_date",
    "treatment_closure_date",
    "treatment_closure_reason",
    "re_presented_within_6_months",
    "da_programme_start_date",
    "da_programme_end_date",
    "da_high_risk",
)


def person_level(
    quarter: Quarter,
    people: Annotated[pd.DataFrame, ROSTER],
    **fields: pd.DataFrame,
) -> Annotated[pd.DataFrame, PERSON_LEVEL]:
    """One row per person and family of the roster, with every field of the toolkit at person level.

    Raises:
        ValueError: a subject's fields are not of this roster: it was run for another version of it.
    """
    columns: dict[str, ArrayLike] = {"quarter": np.full(len(people), quarter.start)}
    columns |= {name: people[name] for name in PERSON_LEVEL.names if name in people}
    for subject in fields.values():
        if not all(subject[key].equals(people[key]) for key in PERSON_LEVEL.key):
            raise ValueError("fields of another roster: run the quarter's cohort and fields again, together")
        columns |= {name: subject[name] for name in PERSON_LEVEL.names if name in subject}
    return PERSON_LEVEL.beside(people, columns)


def family_level(
    quarter: Quarter,
    families: Annotated[pd.DataFrame, FAMILIES],
    people: Annotated[
        pd.DataFrame, PERSON_LEVEL.only("family_key", "person_id", *_SUMS, *_FIRST_AND_LATEST, *_ABOUT_PEOPLE)
    ],
    treatments_supplied: Annotated[bool, SUBSTANCE_TREATMENTS],
    forms_supplied: Annotated[bool, TOP_FORMS],
    programmes_supplied: Annotated[bool, DA_PROGRAMMES],
) -> Annotated[pd.DataFrame, FAMILY_LEVEL]:
    """One row per family of the roster, with every field of the toolkit at family level.

    Sums are blank only when blank for every member, shares are the ratios of the sums. A number of people is blank,
    never 0, while the extract that it needs is not supplied. A child of no family has no row here. (Z17, Z22, Z24, Z25)
    """
    size = len(families)
    family = positions(people["family_key"], families["family_key"])
    family = np.where(family < 0, size, family)  # those of no family are added up after all families

    def sums_of(family: Positions, weights: Numbers | Flags | None = None) -> Numbers:
        return totals(family, size + 1, weights)[:size]

    def total(values: Numbers) -> Numbers:
        known = np.flatnonzero(~np.isnan(values))
        of = family[known]
        return np.where(sums_of(of) > 0, sums_of(of, values[known]), np.nan)

    def people_with(which: Mapping[str, Flags], supplied: bool) -> dict[str, Numbers]:
        return {name: np.where(supplied, sums_of(family, flag), np.nan) for name, flag in which.items()}

    def has(column: str) -> Flags:
        return people[column].notna().to_numpy()

    sums = {name: total(numbers(people[name])) for name in _SUMS}
    cp_plans = sums["cp_plans_during_fs"]
    high_risk = np.where(has("da_high_risk"), flags(people["da_high_risk"]), np.nan)
    by_score = {}
    for domain, scale in TOP_SCALES.items():
        initial, latest = (numbers(people[f"top_{domain}_{form}"]) for form in ("initial", "latest"))
        by_score[f"people_improved_{domain}"] = scale.improved(initial, latest)
        by_score[f"people_declined_{domain}"] = scale.declined(initial, latest)
    treated = {
        "people_starting_treatment": has("treatment_start_date"),
        "people_ending_treatment": has("treatment_closure_date"),
        "people_with_successful_treatment": (people["treatment_closure_reason"] == "completed").to_numpy(),
        "people_re_presenting": flags(people["re_presented_within_6_months"]),
        "people_assessed": numbers(people["assessments"]) > 0,
        "people_assessed_without_engagement": numbers(people["assessments_without_engagement"]) > 0,
    }
    in_programmes = {
        "people_starting_da_programme": has("da_programme_start_date"),
        "people_ending_da_programme": has("da_programme_end_date"),
    }
    return FAMILY_LEVEL.beside(
        families,
        {
            "quarter": np.full(size, quarter.start),
            **{name: families[name] for name in FAMILIES.names},
            **sums,
            "cp_plans_in_family": cp_plans,
            "mean_cp_days_in_family": ratio(sums["cp_days_during_fs"], cp_plans),
            "unauthorised_share": ratio(sums["unauthorised_sessions"], sums["possible_sessions"]),
            "authorised_share": ratio(sums["authorised_sessions"], sums["possible_sessions"]),
            **people_with(treated, treatments_supplied),
            **people_with(by_score, forms_supplied),
            **people_with(in_programmes, programmes_supplied),
            "people_da_high_risk": total(high_risk),
        },
    )


def indicator_values(**figures: pd.DataFrame) -> Annotated[pd.DataFrame, INDICATOR_VALUES]:
    """Every figure of the quarter, of all indicators and periods, with numerator, denominator and status."""
    return INDICATOR_VALUES.frame(pd.concat(figures.values(), ignore_index=True))
