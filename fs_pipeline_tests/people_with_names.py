"""An invented town: households with names, birth dates and postcodes, and how a partner has written them down.

Nobody in it is real. Errors come one by one and together, as clerks make them: misspelt names, day and month swapped, a
digit mistaken, moved house, changed and double surnames, short forms, no postcode; and there are twins with unlike and
with like names, also such that only one of them is on either list, and sons called as their fathers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd


def _names(text: str) -> list[str]:
    return text.split()


GIRLS = _names(
    "Olivia Amelia Isla Ava Mia Ivy Lily Freya Florence Willow Isabella Rosie Sienna Poppy Daisy Evie Sophia "
    "Elsie Ella Bella Grace Emily Phoebe Matilda Maya Aisha Fatima Zara Sara Sarah Laura Emma Hannah Jessica "
    "Chloe Charlotte Megan Amy Amie Rachel Rebecca Samantha Gemma Michelle Nicola Claire Karen Susan Julie "
    "Tracey Kelly Stacey Kimberley Katherine Victoria Elizabeth Alexandra Danielle Natalie Natasha Leanne "
    "Joanne Joanna Hayley Holly Molly Millie Tilly Priya Ananya Mariam Maryam Amina Agnieszka Zofia "
    "Oluwaseun Ngozi Siobhan Niamh Carys Sian Mary-Ann"
)
BOYS = _names(
    "Noah Oliver George Leo Arthur Muhammad Mohammed Harry Oscar Henry Theodore Freddie Jack Zack Charlie "
    "Archie Alfie Thomas Joshua William James Daniel David Michael Christopher Matthew Andrew Mark Paul "
    "Stephen Steven Richard Robert Jonathan Nicholas Benjamin Samuel Alexander Anthony Adam Ryan Liam Connor "
    "Callum Kieran Kyle Jake Luke Lewis Louis Ethan Evan Owen Dylan Rhys Aaron Aiden Jayden Hayden Caleb Kai "
    "Tyler Taylor Ibrahim Yusuf Ali Omar Hassan Arjun Rohan Krzysztof Jakub Chukwuemeka Tunde Sean Patrick "
    "Declan Gareth Ieuan"
)
SURNAMES = _names(
    "Smith Jones Williams Taylor Brown Davies Evans Wilson Thomas Johnson Roberts Robinson Thompson Wright "
    "Walker White Edwards Hughes Green Hall Lewis Harris Clarke Patel Jackson Wood Turner Martin Cooper Hill "
    "Ward Morris Moore Clark Lee King Baker Harrison Morgan Allen James Scott Phillips Watson Davis Parker "
    "Price Bennett Young Griffiths Mitchell Kelly Cook Carter Richardson Bailey Collins Bell Shaw Murphy "
    "Miller Cox Richards Khan Marshall Anderson Simpson Ellis Adams Singh Begum Wilkinson Foster Chapman "
    "Powell Webb Rogers Gray Mason Ali Hunt Hussain Campbell Matthews Owen Palmer Holmes Mills Barnes Knight "
    "Lloyd Butler Russell Barker Fisher Stevens Jenkins Murray Dixon O'Brien O'Neill McDonald MacLeod Okafor "
    "Adeyemi Nowak Kowalski Wisniewski Fitzgerald Llewellyn Featherstone"
)
SHORT = {
    "Katherine": "Kate", "Elizabeth": "Liz", "Christopher": "Chris", "Matthew": "Matt", "Andrew": "Andy",
    "Samantha": "Sam", "Benjamin": "Ben", "Daniel": "Dan", "Jonathan": "Jon", "Nicholas": "Nick",
}  # fmt: skip
_FRONT = _names("Ash Brad Cal Dun El Fen Har Kes Lang Mar Nor Pen Ror Stan Thorn Wex")
_MIDDLE = _names("er ing le ne o ri wa")
_BACK = _names("bury ford ham ley man more son ton well worth")
LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


@dataclass(frozen=True)
class Town:
    """What is invented.

    Attributes:
        identities: the council's list, as it supplies it: person_id, names, date_of_birth, postcode, sex.
        partner: the partner's rows, as it wrote them: client, names, date_of_birth (dd/mm/yyyy), postcode, sex.
        truth: for each partner row the person_id on the council's list; blank when it is nobody's there.
    """

    identities: pd.DataFrame
    partner: pd.DataFrame
    truth: pd.Series


def town(seed: int, households: int, errors: float = 1.0) -> Town:
    """A town of so many households; the council knows about half of them, the partner two thirds of all people.

    `errors` multiplies how often each kind of error is made.
    """
    chance = np.random.default_rng(seed)
    surnames = np.array([*SURNAMES, *(f + m + b for f in _FRONT for m in _MIDDLE for b in _BACK)])
    common = 1 / (np.arange(len(surnames)) + 12.0)
    common /= common.sum()
    streets = [f"IN{area} {sector}" for area in range(1, 30) for sector in range(1, 10)]
    people: list[dict[str, object]] = []
    for household in range(households):
        surname = str(chance.choice(surnames, p=common))
        if chance.random() < 0.03:
            surname += "-" + str(chance.choice(surnames, p=common))
        home = _postcode(chance, streets)
        ours = chance.random() < 0.5
        adults = [
            _person(chance, surname, home, _day(chance, 1962, 1999), household, ours)
            for _ in range(1 + int(chance.random() < 0.6))
        ]
        children = [
            _person(chance, surname, home, _day(chance, 2000, 2017), household, ours)
            for _ in range(int(chance.integers(1, 5)))
        ]
        if chance.random() < 0.06:
            children.append(_twin(chance, children[0]))
        if chance.random() < 0.01 and children[0]["sex"] == adults[0]["sex"]:
            children[0]["forename"] = adults[0]["forename"]
        people += adults + children
    known = pd.DataFrame(people)
    known.insert(0, "person_id", [f"P{number:06d}" for number in chance.permutation(len(known))])
    on_list = known["ours"].to_numpy(dtype=bool) & (chance.random(len(known)) > known["missed"].to_numpy(dtype=float))
    identities = known.loc[on_list, ["person_id", "forename", "surname", "date_of_birth", "postcode", "sex"]]
    seen = known[chance.random(len(known)) < 0.66]
    rows = [_written(chance, person, streets, surnames, errors) for person in seen.to_dict("records")]
    partner = pd.DataFrame(rows)
    partner.insert(0, "client", [f"C{number:06d}" for number in chance.permutation(len(partner))])
    truth = seen["person_id"].where(seen["person_id"].isin(identities["person_id"])).reset_index(drop=True)
    order = chance.permutation(len(partner))
    return Town(
        identities.reset_index(drop=True),
        partner.iloc[order].reset_index(drop=True),
        truth.iloc[order].reset_index(drop=True),
    )


def _person(chance, surname, home, born, household, ours) -> dict[str, object]:
    sex = "F" if chance.random() < 0.5 else "M"
    return {
        "forename": _forename(chance, sex), "surname": surname, "date_of_birth": born, "postcode": home, "sex": sex,
        "household": household, "ours": ours, "missed": 0.0,
    }  # fmt: skip


def _twin(chance, first) -> dict[str, object]:
    """Another child of the same day and home; one in four of like name; one in five pairs has one twin on our list."""
    sex = first["sex"] if chance.random() < 0.7 else ("F" if first["sex"] == "M" else "M")
    forename = _forename(chance, sex)
    if chance.random() < 0.25:
        like = {"Ella": "Bella", "Bella": "Ella", "Jack": "Zack", "Holly": "Molly", "Millie": "Tilly", "Jake": "Luke"}
        forename = like.get(first["forename"], forename)
    while forename == first["forename"]:
        forename = _forename(chance, sex)
    return {**first, "forename": forename, "sex": sex, "missed": 0.2}


def _forename(chance, sex) -> str:
    names = GIRLS if sex == "F" else BOYS
    weight = 1 / (np.arange(len(names)) + 15.0)
    return str(chance.choice(names, p=weight / weight.sum()))


def _day(chance, first: int, last: int) -> date:
    return date(first, 1, 1) + timedelta(days=int(chance.integers(0, (last - first + 1) * 365)))


def _postcode(chance, streets) -> str:
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    return f"{chance.choice(streets)}{letters[chance.integers(20)]}{letters[chance.integers(20)]}"


def misspelt(chance, name: str) -> str:
    """A letter left out, put in, mistaken, or two changed; rarely the first."""
    place = int(chance.integers(1, max(len(name) - 1, 2)))
    kind = chance.integers(5)
    letter = str(chance.choice(LETTERS))
    if kind == 0:
        return name[:place] + name[place + 1 :]
    if kind == 1:
        return name[:place] + letter + name[place:]
    if kind == 2:
        return name[:place] + letter + name[place + 1 :]
    if kind == 3 and place + 1 < len(name):
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    for heard, spelt in (("ph", "f"), ("ie", "y"), ("y", "ie"), ("c", "k"), ("ck", "k"), ("ll", "l"), ("s", "z")):
        if heard in name[1:]:
            return name[0] + name[1:].replace(heard, spelt, 1)
    return name[:place] + name[place] + name[place:]


def _written(chance, person, streets, surnames, errors) -> dict[str, str]:
    forename, surname, born = str(person["forename"]), str(person["surname"]), person["date_of_birth"]
    if forename in SHORT and chance.random() < 0.15 * errors:
        forename = SHORT[forename]
    if chance.random() < 0.08 * errors:
        forename = misspelt(chance, forename)
    if chance.random() < 0.08 * errors:
        surname = misspelt(chance, surname)
    if "-" in surname and chance.random() < 0.3:
        surname = surname.split("-")[int(chance.integers(2))]
    elif person["sex"] == "F" and born.year < 2000 and chance.random() < 0.03 * errors:
        surname = str(chance.choice(surnames))
    if chance.random() < 0.003 * errors:
        forename, surname = surname, forename
    day = f"{born:%d/%m/%Y}"
    if born.day <= 12 and chance.random() < 0.08 * errors:
        day = f"{born:%m/%d/%Y}"
    elif chance.random() < 0.01 * errors:
        place = int(chance.choice([1, 4, 9]))
        day = day[:place] + str((int(day[place]) + 1) % 10) + day[place + 1 :]
    postcode = str(person["postcode"])
    if chance.random() < 0.15 * errors:
        postcode = _postcode(chance, streets)
    if chance.random() < 0.03 * errors:
        postcode = ""
    if chance.random() < 0.1:
        postcode, surname, forename = postcode.replace(" ", "").lower(), surname.upper(), f" {forename.upper()}"
    sex = {"F": "Female", "M": "Male"}[str(person["sex"])] if chance.random() < 0.97 else ""
    return {"forename": forename, "surname": surname, "date_of_birth": day, "postcode": postcode, "sex": sex}
