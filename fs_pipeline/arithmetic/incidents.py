"""Domestic abuse incidents of people, and which of them are repeats (Z25, Z26)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, days, flags
from fs_pipeline.arithmetic.groups import codes
from fs_pipeline.arithmetic.quarters import plus_months

HIGH_RISK_INCIDENTS = 4
"""So many domestic abuse incidents within 12 months make a person high risk (I66a, indicator 19)."""


def domestic_abuse_incidents(police_incidents: pd.DataFrame) -> pd.DataFrame:
    """The pairs of person and domestic abuse incident, each once whatever the roles; in order of date, then id."""
    incidents = police_incidents[flags(police_incidents["domestic_abuse"])]
    ordered = incidents.sort_values(["incident_date", "incident_id"], kind="stable")
    return ordered.drop_duplicates(["person_id", "incident_id"]).reset_index(drop=True)


def repeat_incidents(incidents: pd.DataFrame) -> Flags:
    """Whether each has an earlier incident of the same person on or after its own date - 12 months (Z26).

    Args:
        incidents: what `domestic_abuse_incidents` gives: earlier is before in its order.
    """
    person, dated = codes(incidents["person_id"]), days(incidents["incident_date"])
    order = np.argsort(person, kind="stable")
    same_person = person[order][1:] == person[order][:-1]
    recent = dated[order][:-1] >= plus_months(dated[order][1:], -12)
    repeat = np.zeros(len(incidents), bool)
    repeat[order[1:]] = same_person & recent
    return repeat
