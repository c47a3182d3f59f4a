"""Scores: the treatment or episode that counts, its initial, latest and end forms (Z23), and what has changed (Z24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fs_pipeline_tests.second_edition.case import Case
from fs_pipeline_tests.second_edition.terms import Row

TOP_DOMAINS = ("substance_use", "psychological_health", "physical_health", "employment", "quality_of_life")
LOWER_IS_BETTER = {"substance_use", "phq9", "gad7", "score"}
"""reading: the other four TOP domains are better when higher (no column says so)."""


@dataclass(frozen=True)
class Source:
    """Where scores of a kind stand: extract, its episode, date and key columns, its first and last stage."""

    extract: str
    episode: str
    day: str
    key: str
    first_stage: str
    end_stage: str


TOP = Source("top_forms", "treatment_id", "form_date", "form_id", "start", "exit")
MENTAL_HEALTH = Source("mental_health_scores", "episode_id", "score_date", "score_id", "initial", "end")
LSIR = Source("lsir_assessments", "episode_id", "assessment_date", "assessment_id", "initial", "end")


@dataclass(frozen=True)
class Forms:
    """The forms that give the initial, latest and end scores; None where there is no such form."""

    initial: Row | None = None
    latest: Row | None = None
    end: Row | None = None
    latest_day: date | None = None

    def score(self, which: str, column: str) -> float | None:
        """A score of the initial, latest or end form; blank without the form or without that score on it."""
        form: Row | None = getattr(self, which)
        return None if form is None else form[column]

    def change(self, column: str, until: str = "latest") -> float | None:
        """Latest (or end) - initial; blank unless both scores are there."""
        first, last = self.score("initial", column), self.score(until, column)
        return None if first is None or last is None else last - first

    def is_improved(self, column: str) -> bool:
        """A change for the better; equal or blank is not."""
        moved = self.change(column)
        return moved is not None and (moved < 0 if column in LOWER_IS_BETTER else moved > 0)

    def is_declined(self, column: str) -> bool:
        """A change for the worse; equal or blank is not."""
        moved = self.change(column)
        return moved is not None and (moved > 0 if column in LOWER_IS_BETTER else moved < 0)


def in_order(case: Case, person_id: str, source: Source) -> list[Row]:
    """The person's forms dated on or before qe, in order of date, then key."""
    return sorted(case.rows_of(source.extract, person_id), key=lambda row: (row[source.day], row[source.key]))


def forms_of(own: list[Row], source: Source) -> Forms:
    """The forms of one treatment or episode, given in order."""
    if not own:
        return Forms()
    firsts = [form for form in own if form["stage"] == source.first_stage]
    initial = firsts[0] if firsts else own[0]
    others = [form for form in own if form is not initial]
    ends = [form for form in others if form["stage"] == source.end_stage]
    last = others[-1] if others else None
    return Forms(initial, last, ends[-1] if ends else None, None if last is None else last[source.day])


def forms_since(case: Case, person_id: str, p: date, source: Source) -> Forms:
    """Z23: of the treatments (episodes) with a form dated on or after P, the one that owns the last form.

    A blank episode: the person's forms without an episode are one.
    """
    forms = in_order(case, person_id, source)
    episodes = {form[source.episode] for form in forms if form[source.day] >= p}
    candidates = [form for form in forms if form[source.episode] in episodes]
    if not candidates:
        return Forms()
    counting = candidates[-1][source.episode]
    return forms_of([form for form in forms if form[source.episode] == counting], source)


def forms_of_treatment(case: Case, treatment: Row) -> Forms:
    """Indicator 10 asks all forms of the treatment itself."""
    forms = in_order(case, treatment["person_id"], TOP)
    return forms_of([form for form in forms if form["treatment_id"] == treatment["treatment_id"]], TOP)
