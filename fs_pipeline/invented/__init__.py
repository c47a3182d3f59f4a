"""The invented authority: linked synthetic extracts for demonstrations and tests, clean or with planted faults."""

from importlib import resources

from fs_pipeline.invented.authority import invent
from fs_pipeline.invented.faults import FILE_FAULTS, PlantedFault, plant_faults, plant_file_fault
from fs_pipeline.invented.files import write_extracts

__all__ = [
    "COMPARATORS_TEMPLATE",
    "FILE_FAULTS",
    "PROGRAMME_TEMPLATE",
    "PlantedFault",
    "invent",
    "plant_faults",
    "plant_file_fault",
    "write_extracts",
]

COMPARATORS_TEMPLATE: str = resources.files(__package__).joinpath("comparators.csv").read_text(encoding="utf-8")
"""Invented comparators of shares and means of the whole authority: what `extracts/comparators.csv` looks like."""
PROGRAMME_TEMPLATE: str = resources.files(__package__).joinpath("programme.toml").read_text(encoding="utf-8")
"""The demonstration's `programme.toml`, for a state folder that has none; the same as `data/programme.toml`."""
