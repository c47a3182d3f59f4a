"""Who is linked, who goes to a clerk, who is nobody: named people, one error at a time."""

import logging

import pandas as pd
import pytest

from fs_pipeline.extracts.cells.format_extracts import FormatExtract, SourceReport
from fs_pipeline.extracts.linking.identities import known_as, no_clerk_decisions
from fs_pipeline.extracts.linking.link import NOT_LINKED, TOLD_AGAIN, WAITING, Links, link, link_extracts
from fs_pipeline.settings.sources import LinkSettings
from fs_pipeline_tests.extracts.deliver import table
from fs_pipeline_tests.people_with_names import town

OURS = """
person_id | forename  | surname      | date_of_birth | postcode | sex
p01       | Charlotte | Featherstone | 03/05/2011    | IN3 4AB  | F
p02       | Thomas    | Okafor       | 21/11/2008    | IN7 2QX  | M
p03       | Ella      | Nowak        | 14/02/2015    | IN9 1LM  | F
p04       | Oliver    | Nowak        | 14/02/2015    | IN9 1LM  | M
p05       | James     | Llewellyn    | 08/09/1980    | IN5 5TT  | M
p06       | Zofia     | Kowalski     | 30/06/1986    | IN8 8YY  | F
p07       | Ravi      | Patel        | 01/12/2012    | IN2 2BB  | M
"""


def frame(text: str) -> pd.DataFrame:
    head, *rows = table(text)
    return pd.DataFrame(rows, columns=head, dtype="str").replace("", None)


def linking(theirs: str, *, ours: str = OURS, settings: LinkSettings | None = None) -> Links:
    return link(frame(theirs), known_as(frame(ours)), no_clerk_decisions(), settings or LinkSettings())


def whom(theirs: str, ours: str = OURS) -> list[str]:
    """Whom each row, by itself, is linked to; `clerk` when a clerk is asked, `-` for nobody."""
    head = "forename | surname | date_of_birth | postcode | sex"
    found = linking(f"{head}\n{theirs.strip()}", ours=ours, settings=LinkSettings(one_to_one=False))
    return found.person_id.fillna("-").where(~found.waiting, "clerk").tolist()


def test_one_error_at_a_time():
    cases = table(
        """
        p01   | Charlotte | Featherstone | 03/05/2011 | IN3 4AB  | F
        p01   | CHARLOTTE | featherstone | 03/05/2011 | in34ab   |
        p01   | Charlote  | Featherstone | 03/05/2011 | IN3 4AB  | F
        p01   | Charlotte | Fetherston   | 03/05/2011 | IN3 4AB  | F
        p01   | Charlotte | Featherstone | 05/03/2011 | IN3 4AB  | F
        p01   | Charlotte | Featherstone | 03/05/2012 | IN3 4AB  | F
        p01   | Charlotte | Featherstone | 03/05/2011 | IN28 9ZZ | F
        p01   | Charlotte | Featherstone | 05/03/2011 | IN28 9ZZ | F
        p01   | Charlote  | Featherstone | 03/05/2011 | IN28 9ZZ | F
        p01   | Charlotte | Featherstone | 03/05/2011 |          |
        p01   | Featherstone | Charlotte | 03/05/2011 | IN3 4AB  | F
        p06   | Zofia     | Smith-Kowalski | 30/06/1986 | IN1 1AA | F
        p06   | Zofia     | Smith        | 30/06/1986 | IN8 8YY  | F
        clerk | Charlotte | Featherstone |            | IN3 4AB  | F
        clerk | James     | Llewellyn    | 19/04/2010 | IN5 5TT  | M
        clerk | J         | Llewellyn    | 08/09/1980 | IN5 5TT  | M
        -     | Grace     | Adeyemi      | 17/07/2009 | IN6 6CC  | F
        -     | Ravi      | Patel        | 22/03/1990 | IN14 1AA | M
        -     | Megan     | Featherstone | 12/01/2014 | IN3 4AB  | F
        -     |           |              |            | IN3 4AB  | F
        """
    )
    rows = "\n".join(" | ".join(cells) for _, *cells in cases)
    assert [(person, *cells) for person, (_, *cells) in zip(whom(rows), cases, strict=True)] == [*map(tuple, cases)]


def test_two_whose_birth_date_is_no_day_are_not_linked_by_it():
    ours = "\n".join([OURS.strip(), "p08 | John | Smith | 1900-01-01 | IN2 2DA |"])
    assert whom("John | Smith | 01/01/1900 | |", ours) == ["clerk"]


def test_twins_on_our_list_are_told_apart():
    twins = """
        Ella   | Nowak | 14/02/2015 | IN9 1LM | F
        Oliver | Nowak | 14/02/2015 | IN9 1LM | M
        Olivr  | Nowak | 02/14/2015 | IN9 1LM |
        """
    assert whom(twins) == ["p03", "p04", "p04"]


def test_a_twin_who_is_not_on_our_list_is_not_linked_to_the_one_who_is():
    """Not even when one letter tells them apart, as long as the other name is somebody's."""
    other = "p90 | Bella | Smith | 01/01/2013 | IN1 1AA | F\np91 | Alla | Jones | 01/01/2014 | IN1 1AB | F"
    only_ella = OURS.replace("| Oliver    | Nowak ", "| Oliver    | Dixon ")
    names = ["Mia", "Bella", "Alla", "Oliver"]
    found = whom("\n".join(f"{name} | Nowak | 14/02/2015 | IN9 1LM |" for name in names), f"{only_ella}{other}")
    assert found == ["clerk"] * len(names)


@pytest.mark.parametrize("numbers", [("c1", "c2"), ("", "")])
def test_of_two_people_of_the_partner_only_one_can_be_ours(numbers):
    """Elle is no name of ours, so a slip away from Ella; but the partner has an Ella too: Elle is her twin."""
    found = linking(
        f"""
        person_id    | forename | surname | date_of_birth | postcode | sex
        {numbers[0]} | Ella     | Nowak   | 14/02/2015    | IN9 1LM  | F
        {numbers[1]} | Elle     | Nowak   | 14/02/2015    | IN9 1LM  | F
        """
    )
    assert found.person_id.fillna("-").tolist() == ["p03", "-"]
    assert found.waiting.tolist() == [False, True]
    assert found.doubtful["reason"].tolist() == ["Another client of the partner fits this person better."]


def test_a_client_number_is_one_person_however_it_is_spelt():
    found = linking(
        """
        person_id | forename | surname | date_of_birth | postcode | sex
        c1        | Thomas   | Okafor  | 21/11/2008    | IN7 2QX  | M
        c1        | T        | Okafor  |               |          |
        c2        | Grace    | Adeyemi | 17/07/2009    | IN6 6CC  | F
        """
    )
    assert found.person_id.fillna("-").tolist() == ["p02", "p02", "-"]
    assert (found.quality.people, found.quality.linked, found.quality.rows_linked) == (2, 1, 2)


def test_two_alike_on_our_list_go_to_a_clerk():
    twice = OURS + "p20 | Thomas | Okafor | 21/11/2008 | IN7 2QX | M"
    found = linking("forename | surname | date_of_birth | postcode\nThomas | Okafor | 21/11/2008 | IN7 2QX", ours=twice)
    assert found.person_id.isna().all()
    assert sorted(found.doubtful["person_id"]) == ["p02", "p20"]
    assert set(found.doubtful["reason"]) == {"Another person of ours is nearly as likely."}


def test_earlier_names_and_homes_link_too():
    ours = """
    person_id | forename  | surname | date_of_birth | postcode | other_forenames | earlier_surnames | earlier_postcodes
    p1        | Elizabeth | Dixon   | 08/09/1980    | IN5 5TT  | Liz; Betty      | Murphy           | IN1 1AA; IN2 2BB
    """
    rows = "Liz | Murphy | 08/09/1980 | IN2 2BB | F\nBetty | Dixon | 08/09/1980 | IN6 6CC | F"
    assert whom(rows, ours) == ["p1", "p1"]


def test_order_and_repeats_change_nothing():
    invented = town(5, 60)
    people, settings = known_as(invented.identities), LinkSettings()
    rows = invented.partner.drop(columns="client")
    once = link(rows, people, no_clerk_decisions(), settings)
    shuffled = link(
        pd.concat([rows, rows.head(20)]).sample(frac=1, random_state=1),
        people.sample(frac=1, random_state=2).reset_index(drop=True),
        no_clerk_decisions(),
        settings,
    )
    again = shuffled.person_id[~shuffled.person_id.index.duplicated()].sort_index()
    pd.testing.assert_series_equal(again, once.person_id)
    pd.testing.assert_frame_equal(shuffled.doubtful, once.doubtful)


def test_nobody_on_either_side():
    head = "forename | surname | date_of_birth | postcode"
    nobody = linking(head)
    assert len(nobody.person_id) == 0
    assert nobody.quality.false_rate is None
    empty = known_as(frame(OURS).head(0))
    found = link(frame(f"{head}\nElla | Nowak | 14/02/2015 | IN9 1LM"), empty, no_clerk_decisions(), LinkSettings())
    assert found.person_id.isna().all()
    assert found.quality.worries() == ["none of 1 people was linked: do the columns hold what the mapping says?"]


def test_extracts_lose_names_and_the_rows_of_others():
    treatments = frame(
        """
        treatment_id | person_id | start_date | forename | surname | date_of_birth | postcode
        t1           | c1        | 2017-01-01 | Thomas   | Okafor  | 21/11/2008    | IN7 2QX
        t2           | c2        | 2017-01-01 | Grace    | Adeyemi | 17/07/2009    | IN6 6CC
        t3           | c3        | 2017-01-01 | J        | Llewellyn | 08/09/1980  | IN5 5TT
        """
    )
    forms = frame("form_id | person_id\nf1 | c1\nf2 | c2\nf3 | c3")
    read, linked = link_extracts(
        {
            "substance_treatments": FormatExtract(treatments),
            "top_forms": FormatExtract(forms, SourceReport(ignored={"blank lines": 1})),
        },
        known_as(frame(OURS)),
        no_clerk_decisions(),
        LinkSettings(),
    )
    assert read["substance_treatments"].rows.columns.tolist() == ["treatment_id", "person_id", "start_date"]
    assert read["substance_treatments"].rows.to_numpy().tolist() == [["t1", "p02", "2017-01-01"]]
    assert read["substance_treatments"].report.ignored == {WAITING: 1, NOT_LINKED: 1}
    # the forms name nobody: they are linked by the client's number
    assert read["top_forms"].rows.to_numpy().tolist() == [["f1", "p02"]]
    assert read["top_forms"].report.ignored == {"blank lines": 1, WAITING: 1, NOT_LINKED: 1}
    assert linked.quality.people == 3


def test_one_incident_in_two_spellings_is_one_row():
    incidents = frame(
        """
        incident_id | person_id | role   | forename | surname | date_of_birth | postcode
        i1          |           | victim | Thomas   | Okafor  | 21/11/2008    | IN7 2QX
        i1          |           | victim | Thomas   | Okafor  | 21/11/2008    |
        i2          |           | victim | Tomas    | Okafor  | 21/11/2008    | IN7 2QX
        """
    )
    rows, _ = link_extracts(
        {"police_incidents": FormatExtract(incidents)}, known_as(frame(OURS)), no_clerk_decisions(), LinkSettings()
    )
    assert rows["police_incidents"].rows.to_numpy().tolist() == [["i1", "p02", "victim"]]
    assert rows["police_incidents"].report.ignored == {WAITING: 1, TOLD_AGAIN: 1}


def test_the_quality_is_said_in_figures():
    found = linking(
        """
        forename  | surname      | date_of_birth | postcode
        Charlotte | Featherstone | 03/05/2011    | IN3 4AB
        Charlotte | Featherstone | 03/05/2011    | IN3 4AB
        J         | Llewellyn    | 08/09/1980    | IN5 5TT
        Grace     | Adeyemi      | 17/07/2009    | IN6 6CC
                  |              |               | IN6 6CC
        """
    )
    assert found.quality.counts() == {
        "link_people": 4, "link_linked": 1, "link_by_review": 0, "link_doubtful": 1, "link_unlinked": 2,
        "link_unreadable": 1, "link_rows": 5, "link_rows_linked": 2, "link_stale_reviews": 0, "link_our_people": 7,
        "link_our_people_incomplete": 0, "link_false_in_10_000": 0,
    }  # fmt: skip
    assert 0 < found.quality.false_rate < 0.001
    assert found.quality.worries() == ["1 people wait for a decision in the review workbook"]


def test_settings_that_make_no_sense():
    for wrong in ({"certain": 0.1}, {"doubtful": 0}, {"certain": 1}, {"margin": -1}):
        with pytest.raises(ValueError):
            LinkSettings(**wrong)


def test_nothing_personal_is_said_or_written(capfd, caplog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    invented = town(6, 40)
    found = link(invented.partner, known_as(invented.identities), no_clerk_decisions(), LinkSettings())
    assert found.quality.linked
    assert list(tmp_path.iterdir()) == []
    out, err = capfd.readouterr()
    assert (out, err, caplog.text) == ("", "", "")
    said = repr(found.quality) + " ".join(found.quality.worries())
    names = set(invented.identities["surname"]) | set(invented.identities["forename"])
    assert not any(name in said for name in names)
