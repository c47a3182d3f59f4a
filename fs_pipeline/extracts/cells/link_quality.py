"""How well a partner's people were linked, in counts and rates. Nothing personal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkQuality:
    """How well a partner's people were linked.

    Attributes:
        people: the partner's people: its client numbers, or distinct names, birth dates and postcodes without them.
        linked: of these, linked.
        reviewed: of the linked, by a clerk's yes.
        doubtful: waiting for a clerk.
        unlinked: neither: not among our people, as far as can be told.
        unreadable: of the unlinked, without any name or birth date.
        rows: the partner's rows.
        rows_linked: of these, of people who are linked.
        expected_false: how many of the links made without a clerk are false, as the match probabilities say.
        stale_reviews: a clerk's decisions on people who are no longer in the file or on our list; not obeyed.
        our_people: the people on our list.
        our_people_incomplete: of these, without forename, surname or birth date: they can hardly be linked.
    """

    people: int = 0
    linked: int = 0
    reviewed: int = 0
    doubtful: int = 0
    unlinked: int = 0
    unreadable: int = 0
    rows: int = 0
    rows_linked: int = 0
    expected_false: float = 0.0
    stale_reviews: int = 0
    our_people: int = 0
    our_people_incomplete: int = 0

    @property
    def false_rate(self) -> float | None:
        """The share of the links made without a clerk that is false, as estimated; None when there is no such link."""
        automatic = self.linked - self.reviewed
        return self.expected_false / automatic if automatic else None

    def counts(self) -> dict[str, int]:
        """The figures by measure; the estimate of false links in ten thousand links, where there are any."""
        counts = {
            "link_people": self.people,
            "link_linked": self.linked,
            "link_by_review": self.reviewed,
            "link_doubtful": self.doubtful,
            "link_unlinked": self.unlinked,
            "link_unreadable": self.unreadable,
            "link_rows": self.rows,
            "link_rows_linked": self.rows_linked,
            "link_stale_reviews": self.stale_reviews,
            "link_our_people": self.our_people,
            "link_our_people_incomplete": self.our_people_incomplete,
        }
        if self.false_rate is not None:
            counts["link_false_in_10_000"] = round(self.false_rate * 10_000)
        return counts

    def worries(self, most_false: float = 0.005) -> list[str]:
        """What a check says: nothing linked, more false links expected than one may bear, decisions that are due."""
        worries = []
        if self.people and not self.linked:
            worries.append(f"none of {self.people:,} people was linked: do the columns hold what the mapping says?")
        if self.false_rate is not None and self.false_rate > most_false:
            worries.append(f"{self.false_rate:.2%} of the links are estimated to be false: raise `certain`")
        if self.doubtful:
            worries.append(f"{self.doubtful:,} people wait for a decision in the review workbook")
        if self.stale_reviews:
            worries.append(f"{self.stale_reviews:,} decisions are about people no longer in the file or on our list")
        if self.our_people_incomplete:
            worries.append(f"{self.our_people_incomplete:,} of our people lack a name or a date of birth")
        return worries
