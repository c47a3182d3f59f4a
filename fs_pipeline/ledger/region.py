"""The catalogue of a region: its tables are made of those of its authorities, each of which has a lake of its own.

Of each authority three tables are read, `outputs/cohort_size`, `indicator_values` and `before_after`: figures, and
nothing about a person. The region has a state folder of its own, with a region.toml in place of a programme.toml.
"""

from __future__ import annotations

from functools import cache

from fs_pipeline.exports.region_workbook import region_workbook
from fs_pipeline.ledger.catalogue import EVERY_QUARTER, THIS_QUARTER, Catalogue, Input, Outside, calculation, export
from fs_pipeline.outputs.region import region_before_after, region_values
from fs_pipeline.subjects.listed import TOOLKIT
from fs_pipeline.toolkit.fields import COHORT_SIZE, INDICATOR_VALUES, REGION_VALUES
from fs_pipeline.toolkit.toolkit import Toolkit
from fs_pipeline.toolkit.twelve_months import BEFORE_AFTER, REGION_BEFORE_AFTER

WORKBOOK = "region/published_workbook"
_FIGURES = Input("authorities", INDICATOR_VALUES, THIS_QUARTER, "authorities")
_COMPARED = Input("authorities", BEFORE_AFTER, THIS_QUARTER, "authorities")
_SHOWN = (
    Input("region_values", REGION_VALUES, THIS_QUARTER, "frame"),
    Input("region_before_after", REGION_BEFORE_AFTER, THIS_QUARTER, "frame"),
    Input("figures", INDICATOR_VALUES, EVERY_QUARTER, "authorities"),
    Input("before_after", BEFORE_AFTER, EVERY_QUARTER, "authorities"),
    Input("sizes", COHORT_SIZE, EVERY_QUARTER, "authorities"),
)


@cache
def region_catalogue(toolkit: Toolkit = TOOLKIT) -> Catalogue:
    """The catalogue of any region; the toolkit has the measures that are added up."""
    calculations = (
        calculation(region_values, "region", toolkit, (_FIGURES,)),
        calculation(region_before_after, "region", toolkit, (_COMPARED,)),
        export(region_workbook, _SHOWN, ("region_name",), toolkit, name=WORKBOOK),
    )
    outside = {"region_name": Outside(lambda state: state.region().name, lambda state: state.region().name)}
    return Catalogue((), calculations, outside, toolkit)
