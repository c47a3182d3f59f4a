"""A module's source in a form of our own, the same under every Python that the package allows: what code versions hash.

Comments, docstrings and layout are left out. `ast.dump` will not do: it says the same source otherwise in
Python 3.11, 3.12 and 3.13. Nothing is imported here but the standard library, so that this can be tested under any
Python.
"""

from __future__ import annotations

import ast
from functools import cache

_LEFT_OUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Parts of a node that say nothing of their own."""


def plain(node: ast.AST) -> bytes:
    """A node, and all that stands beneath it, as text.

    Each node is `Kind(part part ...)`, a part `name=` and a node, a list, or a constant with its type; parts stand in
    the order of their names, and those that are empty or None are left out.
    """
    out: list[str] = []
    _write(node, out)
    return "".join(out).encode("ascii")


def _write(node: ast.AST, out: list[str]) -> None:
    if isinstance(node, ast.Constant):
        out.append(f"{type(node.value).__name__}:{node.value!a} ")
        return
    out.append(f"{type(node).__name__}(")
    for name in _parts(node._fields):
        part = getattr(node, name, None)
        if isinstance(part, ast.AST):
            out.append(f"{name}=")
            _write(part, out)
        elif isinstance(part, list):
            if isinstance(node, ast.JoinedStr):
                part = _joined(part)
            out.append(f"{name}=[" if part else "")
            for each in part:
                if not isinstance(each, ast.AST):
                    out.append(f"{each!a} ")  # the name of a global, or None where a dictionary is unpacked
                elif not _is_text_alone(each):
                    _write(each, out)
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


def _joined(parts: list[ast.AST]) -> list[ast.AST]:
    """The parts of an f-string, with texts that stand side by side as one, and none that is empty."""
    joined: list[ast.AST] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, ast.Constant) and isinstance(last, ast.Constant):
            joined[-1] = ast.Constant(str(last.value) + str(part.value))
        elif not (isinstance(part, ast.Constant) and part.value == ""):
            joined.append(part)
    return joined
