"""The version of the code that makes a table: a hash of its function's module and of all that this imports of ours.

Comments, docstrings and layout do not count; a change of anything else in a module gives a new version to
everything that is made with it. What the toolkit says (`toolkit/`, with its data) counts as one module.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import fs_pipeline

_PACKAGE = Path(fs_pipeline.__file__).parent
_TOOLKIT = "fs_pipeline.toolkit"


@cache
def code_version(module: str) -> str:
    """Twelve hexadecimal digits that change with the code of the module, or with that of a module it imports."""
    told = hashlib.sha256()
    for name in sorted(_with_imports(module)):
        told.update(f"{name} {_content(name)}\n".encode())
    return told.hexdigest()[:12]


def _with_imports(module: str) -> set[str]:
    """The module and every module of ours that it imports, however indirectly; the toolkit is one."""
    found: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        if name.startswith(_TOOLKIT):
            name = _TOOLKIT
        if name not in found:
            found.add(name)
            ahead += [] if name == _TOOLKIT else _imports(name)
    return found


def _imports(module: str) -> tuple[str, ...]:
    return _read(_path(module))[1]


@cache
def _content(module: str) -> str:
    told = hashlib.sha256()
    if module == _TOOLKIT:
        for path in sorted((_PACKAGE / "toolkit").glob("*.*")):
            told.update(_read(path)[0] if path.suffix == ".py" else path.read_bytes())
    else:
        told.update(_read(_path(module))[0])
    return told.hexdigest()


@cache
def _read(path: Path) -> tuple[bytes, tuple[str, ...]]:
    """The module's code without comments, docstrings and layout, and the modules of ours that it imports.

    Both from one parse, and from a walk over statements alone: this is most of what loading the definitions costs
    beyond the libraries that they need.
    """
    tree = ast.parse(path.read_bytes())
    named: list[str] = []
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            named += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    ours = dict.fromkeys(name for name in named if name.startswith("fs_pipeline.") and _path(name).exists())
    return ast.dump(tree).encode(), tuple(ours)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """The tree and every statement in it, with what holds statements: handlers of exceptions and cases."""
    ahead = [tree]
    while ahead:
        node = ahead.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, name, None)
            if isinstance(inside, list):  # of a lambda or a conditional expression it is an expression
                ahead += inside


@cache
def _path(module: str) -> Path:
    relative = Path(*module.split(".")[1:])
    package = _PACKAGE / relative / "__init__.py"
    return package if package.exists() else (_PACKAGE / relative).with_suffix(".py")
