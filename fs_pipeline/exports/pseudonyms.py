"""Pseudonyms for evaluators: keyed, so that nobody without the key can work them out, and the same in every quarter.

An identifier's pseudonym is the head of its HMAC-SHA256 under the authority's key. Where the key lies is not decided
here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from functools import partial
from pathlib import Path

import pandas as pd

from fs_pipeline.toolkit.fields import NEVER, PSEUDONYMS, QUARTER, Field
from fs_pipeline.toolkit.tables import Kind, Table

LEAST_BYTES = 32
_MOST_DAYS = 56


class NoKey(Exception):
    """There is no key, or one that is too short; says where it should lie and how to make one."""


def read_key(path: Path) -> bytes:
    """The key in a file.

    Raises:
        NoKey: there is no such file, or it is no key.
    """
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise NoKey(f"there is no key at {path}: fs-pipeline key makes one") from None
    except (OSError, ValueError):
        raise NoKey(f"{path} is no key: it holds {2 * LEAST_BYTES} or more hexadecimal digits") from None
    if len(key) < LEAST_BYTES:
        raise NoKey(f"the key at {path} is too short: it has {2 * LEAST_BYTES} or more hexadecimal digits")
    return key


def make_key(path: Path) -> None:
    """Writes a new random key that only its owner can read; a FileExistsError when there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "x", encoding="ascii", opener=partial(os.open, mode=0o600)) as file:
        file.write(secrets.token_hex(LEAST_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())


def fingerprint(path: Path) -> str:
    """Tells one key from another, and nothing else of it."""
    return hmac.new(read_key(path), b"fingerprint", hashlib.sha256).hexdigest()[:12]


def what_leaves(table: Table) -> Table:
    """The columns of a level that evaluators get: the quarter, and the fields that are declared so; no other."""
    fields = {column.name for column in table.columns if isinstance(column, Field) and column.leaves != NEVER}
    return table.only(*fields, QUARTER.name)


class Pseudonyms:
    """Pseudonyms under a key.

    Args:
        key: the authority's key.
        shifts_dates: whether the days of each family are moved by so many days, the same for all of the family.
    """

    def __init__(self, key: bytes, *, shifts_dates: bool = False) -> None:
        self._key = key
        self._shifts_dates = shifts_dates

    def of(self, kind: str, identifier: str) -> str:
        """The pseudonym of an identifier: 16 letters and digits after the kind's first letter."""
        digest = self._digest(f"{kind}\x1f{identifier}")
        return kind[0].upper() + base64.b32encode(digest[:10]).decode()

    def version(self, *of: str) -> str:
        """A version that tells one thing from another, and nothing of what either is: 64 hexadecimal digits."""
        return self._digest("\x1f".join(("version", *of))).hex()

    def level(self, table: Table, rows: pd.DataFrame) -> pd.DataFrame:
        """What leaves of a level: pseudonyms for identifiers, and its days moved where that was asked for.

        The quarter is not moved, so that a span to its end (I06, I24) beside its first day tells by how many days
        the family's are. Rows stand in the order of their pseudonyms, so that their order tells nothing.
        """
        leaving = what_leaves(table)
        changed = {
            each.name: rows[each.name].map(partial(self.of, each.leaves), na_action="ignore")
            for each in leaving.columns
            if isinstance(each, Field) and each.leaves in PSEUDONYMS
        }
        if self._shifts_dates:
            alone = rows["person_id"] if "person_id" in table.names else rows["family_key"]
            days = rows["family_key"].fillna(alone).map(self._days)
            moved = pd.to_timedelta(days, unit="D")
            dates = (c.name for c in leaving.columns if c.kind is Kind.DATE and c.name != "quarter")
            changed |= {name: rows[name] + moved for name in dates}
        return leaving.frame(rows.assign(**changed)[leaving.names])

    def _days(self, family: str) -> int:
        """By how many days a family's are moved: 1 to 56 days, to and fro."""
        number = int.from_bytes(self._digest(f"days\x1f{family}")[:8]) % (2 * _MOST_DAYS)
        return number - _MOST_DAYS + (number >= _MOST_DAYS)

    def _digest(self, message: str) -> bytes:
        return hmac.new(self._key, message.encode(), hashlib.sha256).digest()
