"""The settings of a benchmark's state folder as a programme.toml."""

from __future__ import annotations

from pathlib import Path

from fs_pipeline_tests.benchmarks.inventing import PROGRAMME


def programme_file(home: Path) -> None:
    """Writes the file."""
    cohorts = "\n".join(f"{each.cohort} = [{each.first_day}, {each.last_day}]" for each in PROGRAMME.cohorts)
    home.mkdir(parents=True, exist_ok=True)
    (home / "programme.toml").write_text(
        f"""[authority]
name = "{PROGRAMME.authority_name}"
code = "{PROGRAMME.authority_code}"

[programme]
start = {PROGRAMME.start}
baseline_quarters = {PROGRAMME.baseline_quarters}
exclude_cwd_children = {str(PROGRAMME.exclude_cwd_children).lower()}

[cohorts]
{cohorts}

[costs]
external_expert_report = {PROGRAMME.external_expert_report}
internal_hour = {PROGRAMME.internal_hour}
""",
        encoding="utf-8",
    )
