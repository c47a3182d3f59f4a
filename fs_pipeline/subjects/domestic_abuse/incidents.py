"""Domestic abuse incidents of people, and which of them are repeats (Z25, Z26)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fs_pipeline.arithmetic.columns import Flags, Positions, days, flags
from fs_pipeline.arithmetic.identifiers import codes, positions
from fs_pipeline.arithmetic.quarters import plus_months


def domestic_abuse_incidents(police_incidents: pd.DataFrame, people: pd.Series) -> Flags:
    """The rows that stand for a pair of person and domestic abuse incident: one a pair, whatever the roles.

    Args:
        police_incidents: the incidents of a window, in order of quarter and key.
        people: whose incidents are wanted.
    """
    person = positions(police_incidents["person_id"], people)
    rows = _in_order(flags(police_incidents["domestic_abuse"]) & (person >= 0), police_incidents)
    incident = codes(police_incidents["incident_id"].iloc[rows])
    _, first_of_pair = np.unique(person[rows] * len(person) + incident, return_index=True)
    counted = np.zeros(len(person), bool)
    counted[rows[first_of_pair]] = True
    return counted


def repeat_incidents(police_incidents: pd.DataFrame, people: pd.Series, incidents: Flags, months: int) -> Flags:
    """Which of the incidents have an earlier one of the same person on or after their own date - `months` (Z26).

    Earlier is before in order of date, then incident_id.

    Args:
        police_incidents: the incidents of a window, in order of quarter and key.
        people: whose incidents they are.
        incidents: the rows of `domestic_abuse_incidents`.
        months: how far back an earlier one makes a repeat.
    """
    dated = days(police_incidents["incident_date"])
    rows = _in_order(incidents, police_incidents)
    person = positions(police_incidents["person_id"], people)[rows]
    by_person = np.argsort(person, kind="stable")
    rows, person = rows[by_person], person[by_person]
    recent = dated[rows[:-1]] >= plus_months(dated[rows[1:]], -months)
    repeat = np.zeros(len(dated), bool)
    repeat[rows[1:]] = (person[1:] == person[:-1]) & recent
    return repeat


def _in_order(which: Flags, police_incidents: pd.DataFrame) -> Positions:
    """The rows in order of date, then incident_id: within a day that is the order in which they stand."""
    rows = np.flatnonzero(which)
    return rows[np.argsort(days(police_incidents["incident_date"])[rows], kind="stable")]
