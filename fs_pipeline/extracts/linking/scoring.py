"""Scores pairs of partner's and our people with Splink, in memory. Decides nothing.

Splink and DuckDB run without a file, the network, an extension or a word in a log: their messages could hold names.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from fs_pipeline.extracts.cells.format_extracts import SourceError
from fs_pipeline.settings.sources import IDENTITY

PAIRS = ("partner_person", "person_id", "weight", "probability", "is_weak", "is_namesake")
_FEWEST = 1000
_WORTH_A_LOOK = -10.0
"""Pairs of a lower match weight (one in a thousand) are nobody's candidates."""

_BLOCKS = (
    # Who is compared at all: pairs that agree in one of these. A pair that fails all of them has three faults at least.
    "l.date_of_birth = r.date_of_birth",
    "l.date_of_birth = r.turned_date",
    "l.surname = r.surname and l.forename = r.forename",
    "l.surname = r.forename and l.forename = r.surname",
    "l.postcode = r.postcode and left(l.forename, 1) = left(r.forename, 1)",
    "l.surname = r.surname and left(l.date_of_birth, 4) = left(r.date_of_birth, 4)",
    "l.forename = r.forename and left(l.date_of_birth, 7) = left(r.date_of_birth, 7)",
    "l.forename = r.forename and right(l.date_of_birth, 5) = right(r.date_of_birth, 5)",
)
_DUCKDB: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
    "max_temp_directory_size": "0KB",
}


def score(partner: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Every pair worth a look, the best first: the columns PAIRS, one row a partner's person and person of ours.

    Of several ways in which someone is known, the best counts. `is_weak` pairs do not link by themselves; of
    `is_namesake` pairs the forenames are the same.

    Args:
        partner: partner_person and the identity columns in one spelling, a row a way to be known.
        people: person_id and the identity columns in one spelling, a row a way to be known.

    Raises:
        SourceError: Splink is not installed, or fails.
    """
    if partner.empty or people.empty:
        return _pairs({name: [] for name in PAIRS})
    try:
        import duckdb
        from splink import DuckDBAPI, Linker
        from splink.internals.exceptions import SplinkException
    except ImportError:
        raise SourceError("linking by names needs Splink: install fs_pipeline[linking]") from None
    model, weak, same_forename = _model()
    frequencies = model.pop("term_frequencies")
    model["probability_two_random_records_match"] = _prior(partner, people)
    ours = set(people["forename"].dropna())
    left, right = _input(partner, ours), _input(people, ours)
    with _silence():
        try:
            connection = duckdb.connect(":memory:", config=_DUCKDB)
            with connection:
                linker = Linker(
                    [left, right],
                    model,
                    DuckDBAPI(connection=connection),
                    set_up_basic_logging=False,
                    input_table_aliases=["a_partner", "b_people"],
                )
                for name in ("forename", "surname"):
                    shares = _frequencies(name, partner, people, frequencies)
                    register = linker.table_management.register_term_frequency_lookup
                    register(shares, name)  # type: ignore[no-untyped-call]  # Splink has no type for it
                pairs = linker.inference.predict(threshold_match_weight=_WORTH_A_LOOK)
                scored = pairs.as_pandas_dataframe()  # type: ignore[no-untyped-call]  # nor for this
        except (duckdb.Error, SplinkException) as fault:  # their words may hold names
            raise SourceError(f"linking by names failed in Splink ({type(fault).__name__})") from None
    is_weak = np.zeros(len(scored), dtype=np.bool_)
    for column, levels in weak.items():
        is_weak |= scored[f"gamma_{column}"].isin(levels).to_numpy()
    ids = partner["partner_person"].to_numpy(), people["person_id"].to_numpy()
    return _pairs(
        {
            "partner_person": ids[0][scored["unique_id_l"].to_numpy(dtype=np.int64)],
            "person_id": ids[1][scored["unique_id_r"].to_numpy(dtype=np.int64)],
            "weight": scored["match_weight"].to_numpy(dtype=np.float64).round(6),
            "probability": scored["match_probability"].to_numpy(dtype=np.float64).round(9),
            "is_weak": is_weak,
            "is_namesake": (scored["gamma_forename"] == same_forename).to_numpy(),
        }
    )


def _pairs(columns: Mapping[str, Any]) -> pd.DataFrame:
    """One row a pair, that of its best ways: what links by itself before what does not, then by weight."""
    kinds = {"partner_person": "str", "person_id": "str", "weight": "float64", "probability": "float64"}
    pairs = pd.DataFrame(columns).astype({**kinds, "is_weak": "bool", "is_namesake": "bool"})
    pairs = pairs.sort_values(
        ["weight", "is_weak", "partner_person", "person_id"], ascending=[False, True, True, True], kind="stable"
    )
    return pairs.drop_duplicates(["partner_person", "person_id"]).reset_index(drop=True)


def _model() -> tuple[dict[str, Any], dict[str, set[int]], int]:
    """Splink's settings, each comparison's levels that do not link by themselves, and the level of equal forenames."""
    model = tomllib.loads(files(__package__).joinpath("model.toml").read_text(encoding="utf-8"))
    weak: dict[str, set[int]] = {}
    same_forename = 0
    for comparison in model["comparisons"]:
        levels = comparison["comparison_levels"]
        above_blank = [level for level in levels if not level.get("is_null_level")]
        for level in levels:
            number = -1 if level.get("is_null_level") else len(above_blank) - 1 - above_blank.index(level)
            if level.pop("weak", False):
                weak.setdefault(comparison["output_column_name"], set()).add(number)
            if level.get("tf_adjustment_column") == "forename":
                same_forename = number
    settings = {
        **model,
        "link_type": "link_only",
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": list(_BLOCKS),
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }
    return settings, weak, same_forename


def _prior(partner: pd.DataFrame, people: pd.DataFrame) -> float:
    """How likely two records drawn at random are the same person: as if half of the shorter list were in the longer.

    A list shorter than a thousand counts as a thousand: a namesake may be anyone in the town, not only on the list.
    """
    return 0.5 / max(partner["partner_person"].nunique(), people["person_id"].nunique(), _FEWEST)


def _input(rows: pd.DataFrame, ours: set[str]) -> pa.Table:
    born = rows["date_of_birth"]
    turned = born.str.slice(0, 5) + born.str.slice(8, 10) + "-" + born.str.slice(5, 7)
    columns = {name: pa.array(rows[name], pa.string(), from_pandas=True) for name in IDENTITY}
    return pa.table(
        {
            "unique_id": pa.array(np.arange(len(rows), dtype=np.int64)),
            **columns,
            "turned_date": pa.array(turned, pa.string(), from_pandas=True),
            "forename_is_ours": pa.array(rows["forename"].isin(ours).to_numpy()),
        }
    )


def _frequencies(name: str, partner: pd.DataFrame, people: pd.DataFrame, usual: Mapping[str, float]) -> pa.Table:
    """How common each name is in both lists, a person once, drawn towards the usual as far as the lists are short."""
    borne = pd.concat(
        [
            partner[["partner_person", name]].drop_duplicates()[name],
            people[["person_id", name]].drop_duplicates()[name],
        ]
    ).dropna()
    counts = borne.value_counts().sort_index()
    share = (counts + usual["common_as"] * usual[name]) / (len(borne) + usual["common_as"])
    return pa.table({name: pa.array(share.index, pa.string()), f"tf_{name}": pa.array(share.to_numpy())})


@contextmanager
def _silence() -> Iterator[None]:
    """No word of Splink's in any log while it runs."""
    logger = logging.getLogger("splink")
    before = logger.disabled, logger.level, logger.propagate
    logger.disabled, logger.propagate = True, False
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.disabled, logger.level, logger.propagate = before
