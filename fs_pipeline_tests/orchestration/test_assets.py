"""The asset graph: which assets there are, what each says of itself, and which quarters it reads."""

from __future__ import annotations

import re

import dagster as dg
import pytest

from fs_pipeline.invented import PROGRAMME_TEMPLATE
from fs_pipeline.orchestration.assets import QUARTER_JOB
from fs_pipeline.orchestration.automation import RERUN_JOB
from fs_pipeline.toolkit.extracts import EXTRACTS
from fs_pipeline.toolkit.parameters import DECISIONS
from fs_pipeline_tests.ledgers import CALCULATIONS, CATALOGUE, RECEIVED

GROUPS = {
    "extracts": """
        absence_reasons adult_involvements allocations attendance care_periods care_proceedings caseloads cp_plans
        da_programmes expert_reports family_members health_activity lsir_assessments marac_referrals
        mental_health_scores people police_incidents referrals substance_treatments top_forms waiting_lists
    """,
    "cohort": "baseline children families follow_up people",
    "fields": """
        attendance child_protection domestic_abuse_high_risk domestic_abuse_programmes looked_after lsir mental_health
        police_contacts treatment treatment_outcomes
    """,
    "indicators": """
        accident_and_emergency_attendances care_proceedings child_protection_plan_length child_protection_plans
        children_looked_after depression_and_anxiety domestic_abuse_high_risk domestic_abuse_incidents_reported
        domestic_abuse_programme_completion emergency_admissions expert_witness_costs lsir_scores
        repeat_child_protection_plans school_absence social_functioning substance_misuse_drop_out
        substance_misuse_treatment substance_use time_looked_after twelve_months_after twelve_months_before workforce
    """,
    "exports": "evaluator_workbook operational_workbook published_workbook report return_packs warehouse",
    "outputs": """
        before_after before_after_rates cohort_size comparisons data_quality family_level indicator_values person_level
    """,
    "reference": "comparators",
}
"""A change here is a change of what the UI, the lake's folders and schedulers know the assets by."""
KEYS = [f"{group}/{name}" for group, names in GROUPS.items() for name in names.split()]
EVERY_EARLIER = ["2016-10-01", "2017-01-01", "2017-04-01", "2017-07-01", "2017-10-01", "2018-01-01", "2018-04-01"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    home = tmp_path_factory.mktemp("definitions")
    (home / "programme.toml").write_text(PROGRAMME_TEMPLATE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FS_PIPELINE_HOME", str(home))
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))
        from fs_pipeline.definitions import definitions

        yield definitions()


@pytest.fixture(scope="module")
def graph(project):
    return project.resolve_asset_graph()


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


def quarters_read(graph, asset: str, source: str, quarter: str) -> list[str]:
    node = graph.get(key(asset))
    quarters = node.partitions_def
    read = node.partition_mappings[key(source)].get_upstream_mapped_partitions_result_for_partitions(
        quarters.subset_with_partition_keys([quarter]), quarters, graph.get(key(source)).partitions_def
    )
    return sorted(read.partitions_subset.get_partition_keys())


def test_the_definitions_load(project):
    dg.Definitions.validate_loadable(project)
    assert project.resolve_job_def(QUARTER_JOB)
    assert project.resolve_job_def(RERUN_JOB)


def test_the_settings_that_stand_upstream_are_those_that_are_watched(graph):
    """The key and what partners may be told are no assets: nobody observes them."""
    upstream = {each.path[1] for each in graph.get_all_asset_keys() if each.path[0] == "settings"}
    assert upstream == set(CATALOGUE.settings)


def test_the_assets_and_their_groups(graph):
    grouped: dict[str, list[str]] = {}
    for asset in graph.materializable_asset_keys:
        grouped.setdefault(graph.get(asset).group_name, []).append(asset.path[-1])
    assert {group: sorted(names) for group, names in grouped.items()} == {
        group: sorted(names.split()) for group, names in GROUPS.items()
    }
    watched = graph.get_all_asset_keys() - graph.materializable_asset_keys
    assert len(graph.materializable_asset_keys) == 73
    assert len([asset for asset in watched if asset.path[0] == "deliveries"]) == 23
    assert sorted(asset.path[1] for asset in watched if asset.path[0] == "settings") == [
        *("authority_code", "authority_name", "baseline_quarters", "cohorts", "exclude_cwd_children"),
        *("external_expert_report", "internal_hour", "quality", "start"),
    ]


@pytest.mark.parametrize("name", KEYS)
def test_every_asset_says_what_it_is(name, graph):
    node = graph.get(key(name))
    assert len(node.description) > 40
    assert node.owners and all(re.fullmatch(r"team:\w+", owner) for owner in node.owners)
    kinds = {"extracts": {"csv", "parquet"}, "reference": {"csv", "parquet"}, "exports": {"excel"}}
    assert node.kinds == kinds.get(name.partition("/")[0], {"pandas", "parquet"})
    schema = node.metadata["dagster/column_schema"]
    assert schema.columns and all(
        column.type in ("string", "date", "int", "float", "bool") for column in schema.columns
    )


@pytest.mark.parametrize("name", [f"outputs/{name}" for name in GROUPS["outputs"].split()])
def test_every_column_of_the_outputs_is_explained(name, graph):
    schema = graph.get(key(name)).metadata["dagster/column_schema"]
    assert [column.name for column in schema.columns if not column.description] == []


def test_the_schema_of_an_extract_is_the_contract(graph):
    schema = graph.get(key("extracts/cp_plans")).metadata["dagster/column_schema"]
    assert [(column.name, column.type, column.constraints.nullable) for column in schema.columns] == [
        ("cp_plan_id", "string", False),
        ("person_id", "string", False),
        ("start_date", "date", False),
        ("end_date", "date", True),
        ("category", "string", True),
    ]


def test_quarters_begin_with_the_baseline(graph):
    partitions = graph.get(key("extracts/people")).partitions_def
    assert partitions.get_first_partition_key() == "2016-10-01"
    assert partitions.get_partition_keys()[:5] == EVERY_EARLIER[:5]
    assert {graph.get(asset).partitions_def for asset in graph.materializable_asset_keys} == {partitions}


@pytest.mark.parametrize(
    ("asset", "source", "quarters"),
    [
        ("fields/domestic_abuse_high_risk", "extracts/police_incidents", EVERY_EARLIER[-4:]),
        ("fields/domestic_abuse_high_risk", "extracts/marac_referrals", EVERY_EARLIER[-4:]),
        ("indicators/domestic_abuse_high_risk", "extracts/police_incidents", EVERY_EARLIER[-4:]),
        ("indicators/domestic_abuse_incidents_reported", "extracts/police_incidents", EVERY_EARLIER[-5:]),
        ("fields/police_contacts", "extracts/police_incidents", EVERY_EARLIER),
        ("fields/police_contacts", "cohort/people", EVERY_EARLIER[-1:]),
        ("fields/attendance", "extracts/attendance", EVERY_EARLIER[-1:]),
        ("cohort/baseline", "extracts/attendance", EVERY_EARLIER[-5:]),
        ("cohort/baseline", "extracts/cp_plans", EVERY_EARLIER[-1:]),
        ("cohort/follow_up", "extracts/marac_referrals", EVERY_EARLIER),
        ("outputs/before_after", "cohort/follow_up", EVERY_EARLIER),
        ("outputs/indicator_values", "indicators/twelve_months_after", EVERY_EARLIER[-1:]),
        ("outputs/indicator_values", "indicators/workforce", EVERY_EARLIER[-1:]),
    ],
)
def test_which_quarters_an_asset_reads(asset, source, quarters, graph):
    assert quarters_read(graph, asset, source, "2018-04-01") == quarters


def test_quarters_before_the_first_are_left_out_of_a_window(graph):
    read = quarters_read(graph, "fields/domestic_abuse_high_risk", "extracts/police_incidents", "2017-01-01")
    assert read == ["2016-10-01", "2017-01-01"]


def test_extracts_wait_for_those_that_must_know_their_identifiers(graph):
    assert graph.get(key("extracts/adult_involvements")).parent_keys == {
        key("extracts/people"),
        key("extracts/family_members"),
        key("deliveries/adult_involvements"),
    }
    assert graph.get(key("extracts/people")).parent_keys == {key("deliveries/people")}


def test_every_calculation_comes_after_those_whose_tables_it_reads():
    made = set(RECEIVED)
    for calculation in CALCULATIONS:
        assert {needed.table.name for needed in calculation.inputs} <= made, calculation.table.name
        made.add(calculation.table.name)


def test_the_twenty_indicators_are_there_once():
    numbers = [calculation.indicator.number for calculation in CALCULATIONS if calculation.indicator]
    assert numbers == list(range(1, 21))


@pytest.mark.parametrize(
    "calculation",
    [calculation for calculation in CALCULATIONS if calculation.indicator],
    ids=lambda calculation: calculation.function.__name__,
)
def test_an_indicator_shows_title_measures_and_decisions(calculation, graph):
    description = graph.get(key(calculation.table.name)).description
    indicator = calculation.indicator
    assert description.startswith(f"**Indicator {indicator.number}. {indicator.title}**")
    for measure in indicator.measures:
        assert f"`{measure.name}` ({measure.unit.word}): {measure.meaning}" in description
    for decision in set(re.findall(r"Z\d\d", description)):
        assert f"- {decision}: {DECISIONS[decision].decided}" in description


@pytest.mark.parametrize(
    ("asset", "decisions"),
    [
        ("indicators/child_protection_plans", "Z28"),
        ("indicators/repeat_child_protection_plans", "Z11 Z19 Z28"),
        ("indicators/care_proceedings", "Z31"),
        ("indicators/children_looked_after", "Z10 Z27"),
        ("indicators/time_looked_after", "Z09"),
        ("indicators/substance_misuse_treatment", "Z21"),
        ("indicators/expert_witness_costs", "Z29"),
        ("indicators/domestic_abuse_incidents_reported", "Z26"),
    ],
)
def test_decisions_stand_where_they_matter(asset, decisions, graph):
    description = graph.get(key(asset)).description
    for decision in decisions.split():
        assert f"- {decision}: {DECISIONS[decision].decided}" in description


def test_every_extract_has_a_blocking_check_of_its_file_and_one_of_its_rows(graph):
    for extract in EXTRACTS.values():
        checks = {
            check.name: graph.get(check).blocking for check in graph.get_check_keys_for_assets({key(extract.name)})
        }
        assert checks["file_can_be_trusted"] is True
        assert checks["rows_can_be_used"] is False
    assert not graph.get_check_keys_for_assets({key("outputs/person_level")})
