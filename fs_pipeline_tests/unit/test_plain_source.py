"""The form of our own in which a module's source is hashed: it never changes, and no Python gives it another one."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from fs_pipeline.ledger import plain_source
from fs_pipeline.ledger.plain_source import plain

FORMS = '''
"""Words."""
from a.b import c as d
import e


class C(B, metaclass=M):
    """Words."""

    x: list[int] = []
    "Words of x."

    @d(1, *e, k=-0.5, **c)
    async def f(self, a, /, b: int = 1_000, *, c=None, **g) -> None:
        ...


def text(x, y):
    global z
    z = "a" "b" f"c{x!r:>{y}}d" "e"
    return f"{x}" f"" f"{y:}{x + y = !s:%d %B}", b"\\x00o".decode() if x else u"\\u2028\\N{SNOWMAN}", rf"\\d{x}\\n"


def flow(x):
    try:
        with open(x) as file, (lock):
            del x[1:, ..., ~2], file.y
    except* (A, B) as fault:
        raise E from fault
    else:
        while (n := x.pop()) not in {1, *x} or n is not None:
            continue
    match x:
        case {"a": [1, *_], **rest} if rest:
            yield {**rest, 1: lambda *a: (yield)}
        case C(x=None | 2.5e300) | 1j:
            assert x, "words"
    return [*(y async for y in x if await y)]
'''
VERSION = "6c207aedb910f534"


def version(python: str) -> str:
    """The version of the forms under another Python, whose standard library alone is there."""
    folder = str(Path(plain_source.__file__).parent)
    ask = (
        f"import sys; sys.path.insert(0, {folder!r}); import ast, hashlib, plain_source; "
        f"print(hashlib.sha256(plain_source.plain(ast.parse({FORMS!a}))).hexdigest()[:16])"
    )
    return subprocess.run([python, "-I", "-B", "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def pythons() -> list[str]:
    """The Pythons that this machine has, of those that the package allows: in the path, or where pyenv puts them."""
    by_pyenv = (Path.home() / ".pyenv" / "versions").glob("3.1[123].*/bin/python")
    in_path = (shutil.which(f"python3.{minor}") for minor in (11, 12, 13))
    return [sys.executable, *map(str, sorted(by_pyenv)), *(each for each in in_path if each and "shims" not in each)]


def test_the_form_stays_what_it_is():
    """Whoever changes this makes every table of every state folder anew."""
    text = plain(ast.parse("x = -0.5  # words\n'words'\n"))
    assert text == b"Module(body=[Assign(targets=[Name(id='x' )]value=UnaryOp(op=USub()operand=float:0.5 ))])"
    assert sha256(plain(ast.parse(FORMS))).hexdigest()[:16] == VERSION


@pytest.mark.parametrize("python", pythons())
def test_every_python_gives_the_same(python):
    assert version(python) == VERSION


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("x = 1", "x = (1)  # words", True),
        ("f'a' 'b'", "'ab' f''", True),
        ("f'a{x}' 'b'", "f'a{x}b'", True),
        ("x = 1", "x = 1.0", False),
        ("x = 1", "x = True", False),
        ("f(a, b)", "f(b, a)", False),
        ("f(a)", "f(*a)", False),
        ("y = 'x'", "y = b'x'", False),
        ("def f():\n  'words'\n  return 1", "def f():\n\n  return 1", True),
    ],
)
def test_what_counts(one, other, is_same):
    assert (plain(ast.parse(one)) == plain(ast.parse(other))) is is_same
