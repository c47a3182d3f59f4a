"""Who there is: families, their children and adults, what the adults struggle with; and what `people` says of them.

No names: the contract has none. Nothing here happens to anybody but being born and starting school.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fs_pipeline.arithmetic.columns import Flags, Positions
from fs_pipeline.arithmetic.upn import check_letters
from fs_pipeline.invented.chance import (
    FAR,
    NEVER,
    YEAR,
    Chance,
    Truths,
    Whole,
    blank_where,
    dates,
    day_number,
    identifiers,
    text,
    words,
)
from fs_pipeline.invented.family_safeguarding import DISCIPLINES, DOMESTIC_ABUSE, MENTAL_HEALTH, SUBSTANCE, Spells
from fs_pipeline.toolkit.extracts import FAMILY_MEMBERS, PEOPLE
from fs_pipeline.toolkit.programme import Programme

KNOWN_BEFORE_BIRTH = 180
CHILDREN, ADULTS = 5, 3

RELATIONSHIPS = ("Mother", "Father", "Step-parent", "Partner", "Grandparent", "Other relative")
_FEMALE = np.array([1.0, 0.0, 0.2, 0.15, 0.6, 0.5])
_GRANDPARENT = 4
_ADULT_SLOTS = (
    (0.86, 0.07, 0.02, 0.0, 0.05, 0.0),
    (0.0, 0.55, 0.25, 0.12, 0.08, 0.0),
    (0.0, 0.15, 0.0, 0.15, 0.5, 0.2),
)
_ETHNICITIES = ("WBRI", "WOTH", "MWBC", "MWAS", "AIND", "APKN", "BAFR", "BCRB", "OOTH", "NOBT")
_ETHNICITY_SHARES = (0.7, 0.07, 0.04, 0.02, 0.03, 0.04, 0.04, 0.02, 0.02, 0.02)
_ASYLUM_ETHNICITIES = (0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.35, 0.0, 0.5, 0.05)


@dataclass(frozen=True)
class Households:
    """People and families by position."""

    spells: Spells  # when each family was with Family Safeguarding
    family_ids: pd.Series  # those of FS first
    person_ids: pd.Series  # of families, then of unaccompanied asylum-seeking children (UASC)
    born: Positions  # also of those not born yet
    known: Positions  # the day from which the case management system knows them
    female: Flags
    ethnicity: Positions  # position in the census codes, negative = blank
    child: Flags  # whether they are a child of their family; the rest are its adults
    home: Positions  # their (first) family; -1 for UASC
    ordinal: Positions  # a child's place among the siblings by birth, from 0; -1 for adults
    cwd: Flags  # a child of the Children With Disabilities team
    upns: pd.Series  # Unique Pupil Numbers, blank where there is none
    school: Positions  # the day on which the child starts school and gets a UPN
    needs: Truths  # what adults need, one column per discipline; social work is for those without
    offends: Flags  # adults with an offending history
    in_family: Positions  # the memberships' family
    member: Positions  # the memberships' person
    relationship: Positions  # the memberships' relationship, -1 for a child
    adults: Whole  # the adults of each family, -1 where there are fewer
    oldest: Positions  # the oldest child of each family
    abused: Flags  # families with domestic abuse
    high_risk: Flags  # those of them with serious and repeated abuse

    @property
    def children(self) -> Positions:
        """The children of families, by position."""
        return np.flatnonzero(self.child & (self.home >= 0))


def invent_households(spells: Spells, seed: int, programme: Programme) -> Households:
    """The families of the spells, with 1 to 5 children and 1 to 3 adults; and UASC without a family."""
    chance = Chance(seed, "households")
    families = len(spells.start)
    births = _births(spells.turn, chance)
    children = int(np.count_nonzero(births < FAR))
    home, ordinal = np.nonzero(births < FAR)
    asylum = max(2, families // 40)

    slots, roles, adult_births = _adults(births[:, 0], chance)
    slot_family, slot = np.nonzero(slots)
    role, adult_born = roles[slots], adult_births[slots]
    person = _shared(slot_family, slot, role, adult_born, chance)
    owner = np.unique(person, return_index=True)[1]  # each adult's first slot
    adults = np.full((families, ADULTS), -1)
    adults[slot_family, slot] = children + person

    arrival = day_number(programme.start) + chance.between(-900, 1300, asylum)
    born = np.concatenate([births[home, ordinal], adult_born[owner], arrival - chance.between(5550, 6430, asylum)])
    people = len(born)
    child = np.ones(people, dtype=np.bool_)
    child[children : children + len(owner)] = False
    known = np.where(child, born - KNOWN_BEFORE_BIRTH, -NEVER)
    known[people - asylum :] = arrival
    groups = ((0.49, children), (_FEMALE[role[owner]], len(owner)), (0.12, asylum))
    female = np.concatenate([chance.happens(share, size) for share, size in groups])
    of_family = chance.one_of(_ETHNICITY_SHARES, families)
    ethnicity = np.concatenate(
        [of_family[home], of_family[slot_family[owner]], chance.one_of(_ASYLUM_ETHNICITIES, asylum)]
    )
    homes = np.concatenate([home, slot_family[owner], np.full(asylum, -1)])
    abused = chance.happens(np.where(spells.in_fs, 0.62, 0.25), families)
    needs, offends = _needs(homes, child, np.concatenate([ordinal, slot[owner]]), abused, chance)
    school = np.where(child & (homes >= 0), _school_starts(born), NEVER)
    return Households(
        spells=spells,
        family_ids=identifiers("F", 1 + chance.draw.permutation(families), 5),
        person_ids=identifiers("P", 1 + chance.draw.permutation(people), 6),
        born=born,
        known=known,
        female=female,
        ethnicity=np.where(chance.happens(0.03, people), -1, ethnicity),
        child=child,
        home=homes,
        ordinal=np.concatenate([ordinal, np.full(people - children, -1)]),
        cwd=child & (homes >= 0) & chance.happens(np.where(spells.in_fs[homes], 0.015, 0.05), people),
        upns=_upns(school, programme.authority_code, chance),
        school=school,
        needs=needs,
        offends=offends,
        in_family=np.concatenate([home, slot_family]),
        member=np.concatenate([np.arange(children), children + person]),
        relationship=np.concatenate([np.full(children, -1), role]),
        adults=adults,
        oldest=np.flatnonzero(ordinal == 0),
        abused=abused,
        high_risk=abused & chance.happens(np.where(spells.in_fs, 0.2, 0.08), families),
    )


def people_as_known(households: Households, cwd: Flags, day: int) -> pd.DataFrame:
    """`people` as at a day: the unborn have neither sex nor date of birth, and UPNs come with school."""
    shown = np.flatnonzero(households.known <= day)
    born, female = households.born[shown], households.female[shown]
    unborn = born > day
    return PEOPLE.frame(
        {
            "person_id": households.person_ids.take(shown),
            "sex": words(("M", "F", "U"), np.where(unborn, 2, female)),
            "date_of_birth": dates(np.where(unborn, NEVER, born)),
            "ethnicity": words(_ETHNICITIES, households.ethnicity[shown]),
            "upn": blank_where(households.upns.take(shown), households.school[shown] > day),
            "open_to_cwd": cwd[shown],
        }
    )


def members_as_known(households: Households, day: int) -> pd.DataFrame:
    """`family_members` as at a day: whoever of the family `people` holds."""
    shown = np.flatnonzero(households.known[households.member] <= day)
    relationship = households.relationship[shown]
    return FAMILY_MEMBERS.frame(
        {
            "family_id": households.family_ids.take(households.in_family[shown]),
            "person_id": households.person_ids.take(households.member[shown]),
            "role": words(("child", "adult"), (relationship >= 0).astype(np.int64)),
            "relationship_type": words(RELATIONSHIPS, relationship),
        }
    )


def _births(turn: Positions, chance: Chance) -> Whole:
    """Days of birth, oldest first, one row a family; the youngest may be born up to two years after its turn."""
    families = len(turn)
    count = 1 + chance.one_of((0.22, 0.33, 0.25, 0.13, 0.07), families)
    births = np.full((families, CHILDREN), NEVER)
    ages = (chance.draw.beta(1.4, 1.1, families) * 16.4 - 0.25) * YEAR
    births[:, 0] = turn - ages.astype(np.int64)
    for ordinal in range(1, CHILDREN):
        gap = 300 + chance.draw.exponential(900, families).astype(np.int64)
        gap = np.where(chance.happens(0.03, families), 0, gap)  # twins
        birth = births[:, ordinal - 1] + gap
        births[:, ordinal] = np.where((count > ordinal) & (birth < turn + 700), birth, NEVER)
    return births


def _adults(oldest: Positions, chance: Chance) -> tuple[Truths, Whole, Whole]:
    """Which adult slots of each family are filled, with their relationships and days of birth."""
    families = len(oldest)
    count = 1 + chance.one_of((0.34, 0.52, 0.14), families)
    slots = np.arange(ADULTS) < count[:, None]
    roles = np.stack([chance.one_of(shares, families) for shares in _ADULT_SLOTS], axis=1)
    age = np.where(
        roles == _GRANDPARENT,
        chance.draw.uniform(38, 58, roles.shape),
        17 + 21 * chance.draw.beta(1.6, 2.6, roles.shape),
    )
    return slots, roles, oldest[:, None] - (age * YEAR).astype(np.int64)


def _shared(family: Positions, slot: Positions, role: Positions, born: Positions, chance: Chance) -> Positions:
    """Each adult slot's person: a few men of an age stand in two families, say as father here and step-parent there."""
    person = np.arange(len(family))
    men = np.flatnonzero((slot > 0) & np.isin(role, (1, 2, 3)))
    pairs = min(max(1, len(family) // 40), len(men) // 2)
    drawn = np.sort(chance.draw.permutation(len(men))[: 2 * pairs])
    drawn = men[drawn][np.argsort(born[men[drawn]], kind="stable")]
    one, other = drawn[0::2], drawn[1::2]
    different = family[one] != family[other]
    person[other[different]] = one[different]
    return np.unique(person, return_inverse=True)[1]


def _needs(home: Positions, child: Flags, place: Positions, abused: Flags, chance: Chance) -> tuple[Truths, Flags]:
    """Needs of adults by discipline, and who has an offending history: mostly the men of families with abuse."""
    people = len(home)
    adult = ~child
    place = np.concatenate([place, np.zeros(people - len(place), dtype=np.int64)])
    needs = np.zeros((people, len(DISCIPLINES)), dtype=np.bool_)
    needs[:, SUBSTANCE] = adult & chance.happens(0.34, people)
    needs[:, MENTAL_HEALTH] = adult & chance.happens(0.45, people)
    needs[:, DOMESTIC_ABUSE] = adult & abused[home] & (place < 2) & chance.happens(0.8, people)
    offends = adult & chance.happens(np.where(needs[:, DOMESTIC_ABUSE] & (place == 1), 0.55, 0.1), people)
    return needs, offends


def _school_starts(born: Positions) -> Positions:
    """1 September of the school year that begins after the fourth birthday."""
    months = born.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    year = (months + 4) // 12 + 4  # years since 1970; a birth from September on starts a year later
    september = (year * 12 + 8).astype("datetime64[M]").astype("datetime64[D]")
    return september.astype(np.int64)


def _upns(school: Positions, authority_code: str, chance: Chance) -> pd.Series:
    """Check letter, authority, establishment, year of school start, serial number; one pupil in seventy has none."""
    starts = school < FAR
    code = authority_code if len(authority_code) == 3 and authority_code.isdigit() else "999"
    year = np.where(starts, school, 0).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    order = np.lexsort((chance.draw.permutation(len(school)), year))
    in_year = np.empty(len(school), dtype=np.int64)
    in_year[order] = np.arange(len(school)) - np.searchsorted(year[order], year[order])
    in_year[~starts] = 0
    schools = int(np.clip(np.count_nonzero(starts) // 250, 12, 900))
    parts = ((2000 + in_year % schools, 4), (year % 100, 2), (in_year // schools, 3))
    digits = [pc.utf8_lpad(pc.cast(pa.array(part), pa.string()), width=width, padding="0") for part, width in parts]
    body = text(pc.binary_join_element_wise(code, *digits, ""))
    whole = pc.binary_join_element_wise(pa.array(check_letters(body)), pa.array(body, pa.string()), "")
    return blank_where(text(whole), ~starts | chance.happens(0.014, len(school)))
