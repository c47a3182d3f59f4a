"""The version of the code that makes a table: a hash of its function's module and of all that this imports of ours.

Comments, docstrings and layout do not count; a change of anything else in a module gives a new version to
everything that is made with it. What the toolkit says (`toolkit/`, with its data) counts as one module.
"""

from __future__ import annotations

import ast
import hashlib
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


def _imports(module: str) -> list[str]:
    named: list[str] = []
    for node in ast.walk(ast.parse(_path(module).read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            named += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
    return [name for name in named if name.startswith("fs_pipeline.") and _path(name).exists()]


@cache
def _content(module: str) -> str:
    told = hashlib.sha256()
    if module == _TOOLKIT:
        for path in sorted((_PACKAGE / "toolkit").glob("*.*")):
            told.update(_code(path) if path.suffix == ".py" else path.read_bytes())
    else:
        told.update(_code(_path(module)))
    return told.hexdigest()


def _code(path: Path) -> bytes:
    """The module's code without comments, docstrings and layout."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree).encode()


def _path(module: str) -> Path:
    relative = Path(*module.split(".")[1:])
    package = _PACKAGE / relative / "__init__.py"
    return package if package.exists() else (_PACKAGE / relative).with_suffix(".py")
