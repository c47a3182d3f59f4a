"""Which code makes a table: its version, a hash of its function's module and of all that this imports of ours.

Comments, docstrings and layout do not count, nor which Python it is. Of the toolkit just what the modules name counts:
a class or function by its code, all else by what it holds. Words (titles, descriptions, what was decided) count for
what shows them, which is the exports; no figure depends on them. Files and folders of files that a module names beside
itself count too.

The release and the libraries (`environment`) are recorded beside what is made, and are never a cause: the same rows are
the same under any of these.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import FunctionType, GenericAlias, ModuleType, UnionType

import fs_pipeline
from fs_pipeline.ledger.plain_source import plain
from fs_pipeline.toolkit.parameters import Parameters
from fs_pipeline.toolkit.sheets import sheet
from fs_pipeline.toolkit.tables import Table

_OF_EXPORTS = {"better", "headline", "leaves", "published"}
WORDS = frozenset({"decided", "description", "heading", "meaning", "title", "toolkit_says", "touches", *_OF_EXPORTS})
"""Attributes of what the toolkit declares, and columns of its sheets, that are said to people."""
_DIGITS = 16
"""Up to release 0.7.1 a version has 12, and another form under each Python."""
_PACKAGE = Path(fs_pipeline.__file__).parent
_OURS, _TOOLKIT = "fs_pipeline.", "fs_pipeline.toolkit."
_UNKNOWN = "unknown"


def code_version(module: str, *, words: bool = False) -> str:
    """Sixteen hexadecimal digits that change with the code of the module, or with that of a module it imports.

    They change with what these name of the toolkit too, and with its `words` where these count.
    """
    contents = (f"{name} {_content(name, words)}\n" for name in sorted(_with_imports(module)))
    return hashlib.sha256("".join(contents).encode()).hexdigest()[:_DIGITS]


def version_of(code: str, *declarations: object, words: bool = False) -> str:
    """A code version that changes with declarations of the toolkit as well, with their words where these count."""
    said = [_said(declaration, words) for declaration in declarations]
    return hashlib.sha256("\n".join([code, *said]).encode()).hexdigest()[:_DIGITS]


def _with_imports(module: str) -> set[str]:
    """The module and every module of ours that it imports, however indirectly, without the toolkit's."""
    reached: set[str] = set()
    ahead = {module}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead |= {each for each in _parsed(name).imports if not each.startswith(_TOOLKIT)} - reached
    return reached


class _Parsed:
    """A module of ours: its tree, what it imports of ours (module and name there), and its functions and classes."""

    def __init__(self, module: str) -> None:
        self.path = _path(module)
        self.source = self.path.read_bytes()
        self.tree = ast.parse(self.source)
        self.imported = {
            alias.asname or alias.name: (str(node.module), alias.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS)
            for alias in node.names
        }
        named = {name for of, part in self.imported.values() for name in (of, f"{of}.{part}")}
        self.imports = {name for name in named if _path(name).exists()}
        self.defined = {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def _parsed(module: str) -> _Parsed:
    return _Parsed(module)


@cache
def _content(module: str, words: bool) -> str:
    """The module's code, what it names of the toolkit, and the files that it names beside itself."""
    of = _parsed(module)
    content = hashlib.sha256(plain(of.tree))
    values = {
        name: getattr(import_module(there), part)
        for name, (there, part) in sorted(of.imported.items())
        if there.startswith(_TOOLKIT)
    }
    declared = {name for name, value in values.items() if isinstance(value, Table | Parameters)}
    if declared and not words:
        for name in declared.difference(_read_beyond_signatures(of.tree)):
            values.pop(name)
    content.update(_said(values, words).encode())
    for path in sorted(of.path.parent.iterdir()):
        named = (f'"{path.name}"'.encode(), f'sheet("{path.stem}"'.encode())
        if any(name in of.source for name in named):
            for file in sorted([path, *path.rglob("*")]):
                if file.is_file() and file.suffix not in (".py", ".pyc"):
                    content.update(file.read_bytes())
    return content.hexdigest()


def _read_beyond_signatures(tree: ast.AST) -> Iterator[str]:
    """The names read in a module, but for those in signatures, those of which some parts are named, and fillers.

    The former are tables and parameters that a calculation reads, which count with it, and with these parts alone. What
    fills a text is words.
    """
    ahead = [tree]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute) and node.attr in ("only", "fill") and isinstance(node.value, ast.Name):
            continue
        for name, part in ast.iter_fields(node):
            if name not in ("annotation", "returns"):
                ahead += [each for each in (part if isinstance(part, list) else [part]) if isinstance(each, ast.AST)]


def _said(value: object, words: bool = False) -> str:
    """What a declaration says, as text: the same under every Python, and with words only when they are wanted.

    An attribute that is what it would be if nothing was said of it is left out.

    Raises:
        TypeError: it is of a kind that is not known here.
    """
    said = partial(_said, words=words)
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case None | bool() | int() | float() | str() | bytes():
            return ascii(value)
        case type() | FunctionType():
            return _code_of(value, words)
        case Mapping():
            parts = (f"{said(key)}: {said(of)}" for key, of in value.items() if words or key not in WORDS)
            return f"{{{', '.join(parts)}}}"
        case set() | frozenset():
            return f"{{{', '.join(sorted(map(said, value)))}}}"
        case tuple() | list():
            return f"({', '.join(map(said, value))})"
        case re.Pattern():
            return f"{value.pattern!a} {value.flags}"
    if is_dataclass(value):
        attributes = (
            f"{of.name}={said(getattr(value, of.name))}"
            for of in fields(value)
            if (words or of.name not in WORDS) and (of.default is MISSING or of.default != getattr(value, of.name))
        )
        return f"{type(value).__name__}({', '.join(attributes)})"
    if hasattr(value, "isoformat"):  # a day
        return str(value)
    if isinstance(value, GenericAlias | UnionType) or getattr(value, "__module__", "") == "typing":
        return "another name of a type"
    raise TypeError(f"a {type(value).__name__} of the toolkit has no version: see {__name__}")


@cache
def _code_of(value: type | FunctionType, words: bool) -> str:
    """The code of a class or function of the toolkit, with what that names of the toolkit in turn.

    A function that makes a declaration counts by its name: what it makes counts where it is named.
    """
    said: dict[str, str] = {}
    ahead: list[type | FunctionType] = [value]
    while ahead:
        each = ahead.pop()
        name = f"{each.__module__}.{each.__qualname__}"
        if name not in said:
            node = _parsed(each.__module__).defined.get(each.__name__) if each.__module__.startswith(_TOOLKIT) else None
            said[name] = ""
            if node and not _makes_declaration(node, each.__module__):
                said[name] = plain(node).decode()
                for used in _used(node, each.__module__):
                    if isinstance(used, type | FunctionType):
                        ahead.append(used)
                    else:
                        said[name] += _said(used, words)
    return hashlib.sha256(ascii(sorted(said.items())).encode()).hexdigest()


def _makes_declaration(node: ast.FunctionDef | ast.ClassDef, module: str) -> bool:
    returned = node.returns if isinstance(node, ast.FunctionDef) else None
    return isinstance(returned, ast.Name) and is_dataclass(getattr(import_module(module), returned.id, None))


def _used(node: ast.AST, module: str) -> Iterator[object]:
    """What a function or class of the toolkit uses of its module, and the sheets that it reads by their names."""
    there, read = vars(import_module(module)), set(_read_beyond_signatures(node))
    yield from (there[name] for name in sorted(there.keys() & read) if not isinstance(there[name], ModuleType))
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == sheet.__name__:
            yield from (sheet(str(each.value)) for each in call.args if isinstance(each, ast.Constant))


def _path(module: str) -> Path:
    if not module.startswith(_OURS):  # an indicator that is handed in
        return Path(str(import_module(module).__file__))
    relative = Path(*module.split(".")[1:])
    package = _PACKAGE / relative / "__init__.py"
    return package if package.exists() else (_PACKAGE / relative).with_suffix(".py")


@cache
def environment() -> Mapping[str, str]:
    """By name: the release, its commit (`git checkout` gives the source back), Python, pandas, pyarrow, numpy."""
    libraries = {name: version(name) for name in ("pandas", "pyarrow", "numpy")}
    return {"release": version("fs-pipeline"), "commit": _commit(), "Python": platform.python_version(), **libraries}


def made_by(made_in: Mapping[str, str]) -> str:
    """Which release, of which commit, in words; of what was made up to release 0.7.1 neither is known."""
    if not made_in:
        return "release 0.7.1 or earlier"
    return f"release {made_in['release']}, commit {made_in['commit'][:12]}"


def other_environment(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two environments: `pyarrow 21.0.0 -> 26.0.1`; nothing can be said of one not recorded."""
    return [f"{name} {before[name]} -> {now[name]}" for name in now if before.get(name, now[name]) != now[name]]


def _commit() -> str:
    """The commit of the checkout that this runs from, or that the wheel was built from (it is written into that)."""
    checkout, built_from = _PACKAGE.parent, _PACKAGE / "commit.txt"
    if (checkout / ".git").exists() and (checkout / "pyproject.toml").exists():
        commit, changed = _git(checkout, "rev-parse", "HEAD"), _git(checkout, "status", "--porcelain", _PACKAGE.name)
        return f"{commit}{' with changes' if changed else ''}" if commit else _UNKNOWN
    return built_from.read_text(encoding="ascii").strip() if built_from.exists() else _UNKNOWN


def _git(checkout: Path, *arguments: str) -> str:
    try:
        asked = subprocess.run(
            ["git", *arguments], cwd=checkout, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):  # there is no git here, or the folder is somebody else's
        return ""
    return asked.stdout.strip()
