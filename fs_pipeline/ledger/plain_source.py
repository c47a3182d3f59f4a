"""A module's source in a form of our own, the same under every Python that the package allows: what code versions hash.

Comments, docstrings and layout are left out, and, where it is asked for, the words that a declaration is given.
`ast.dump` will not do: it says the same source otherwise in Python 3.11, 3.12 and 3.13. Nothing is imported here but
the standard library, so that this can be tested under any Python.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from functools import cache

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Parts of a node that say nothing of their own."""
Words = Callable[[str], Collection[int | str]]
"""Of the name of something that is called: which of its arguments are words, by place and by name."""


def no_words(_: str) -> Collection[int | str]:
    """For whoever wants the words too: no argument of anything is left out as such."""
    return ()


def plain(node: ast.AST, words: Words = no_words) -> bytes:
    """A node, and all that stands beneath it, as text.

    Each node is `Kind(part part ...)`, a part `name=` and a node, a list, or a constant with its type; parts stand in
    the order of their names, and those that are empty or None are left out.
    """
    out: list[str] = []
    _write(node, out, words)
    return "".join(out).encode("ascii")


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """The tree and every statement in it, with what holds statements: handlers of exceptions and cases."""
    ahead = [tree]
    while ahead:
        node = ahead.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, name, None)
            if isinstance(inside, list):  # of a lambda or a conditional expression it is an expression
                ahead += inside


def parameters(node: ast.AST) -> list[str]:
    """The parameters of a function, or of a dataclass, in order."""
    if isinstance(node, ast.FunctionDef):
        return [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    assert isinstance(node, ast.ClassDef)
    fields = (each.target for each in node.body if isinstance(each, ast.AnnAssign))
    return [target.id for target in fields if isinstance(target, ast.Name)]


def _write(node: ast.AST, out: list[str], words: Words) -> None:
    if isinstance(node, ast.Constant):
        out.append(f"{type(node.value).__name__}:{node.value!a} ")
        return
    out.append(f"{type(node).__name__}(")
    spoken = words(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ()
    for name in _parts(node._fields):
        part = getattr(node, name, None)
        if isinstance(part, ast.AST):
            out.append(f"{name}=")
            _write(part, out, words)
        elif isinstance(part, list):
            if spoken:
                part = _without(part, spoken)
            elif isinstance(node, ast.JoinedStr):
                part = _joined(part)
            out.append(f"{name}=[" if part else "")
            for each in part:
                if not isinstance(each, ast.AST):
                    out.append(f"{each!a} ")  # the name of a global, or None where a dictionary is unpacked
                elif not _is_text_alone(each):
                    _write(each, out, words)
            out.append("]" if part else "")
        elif part is not None:
            out.append(f"{name}={part!a} ")
    out.append(")")


@cache
def _parts(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - _LEFT_OUT))


def _is_text_alone(node: ast.AST) -> bool:
    """Whether a statement is a text and nothing else, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _without(arguments: list[ast.AST], spoken: Collection[int | str]) -> list[ast.AST]:
    """A call's arguments, or its keywords, without the words; places after a starred one are not known."""
    kept: list[ast.AST] = []
    place: int | None = 0
    for each in arguments:
        name = each.arg if isinstance(each, ast.keyword) else place
        if name is None or name not in spoken:
            kept.append(each)
        if place is not None:
            place = None if isinstance(each, ast.Starred) else place + 1
    return kept


def _joined(parts: list[ast.AST]) -> list[ast.AST]:
    """The parts of an f-string, with texts that stand side by side as one, and none that is empty."""
    joined: list[ast.AST] = []
    for part in parts:
        if isinstance(part, ast.Constant):
            if joined and isinstance(joined[-1], ast.Constant):
                part = ast.Constant(str(joined.pop().value) + str(part.value))  # type: ignore[attr-defined]
            if part.value == "":
                continue
        joined.append(part)
    return joined
