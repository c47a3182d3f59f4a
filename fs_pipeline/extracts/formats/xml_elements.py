"""Reads an XML file in a stream: one element after the other, each forgotten when the next one comes.

Knows no particular format. A document type is refused before anything of it is read: no entities, no other files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from fs_pipeline.extracts.cells.format_extracts import SourceError, SourceFile

_CHUNK = 1 << 18  # bytes


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, the line that it starts in, its own text, the elements in it."""

    tag: str
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def each(self, tag: str) -> list[Element]:
        """The elements of that name directly in it."""
        return [child for child in self.children if child.tag == tag]

    def value(self, tag: str) -> str:
        """The text of the first element of that name directly in it, without blanks around; "" without one."""
        return next((child.text.strip() for child in self.children if child.tag == tag), "")


def xml_elements(file: SourceFile, root: str, wanted: Collection[str]) -> Iterator[Element]:
    """The elements of the wanted names, in the file's order, each with all that is in it.

    Raises:
        SourceError: it cannot be opened, is no well-formed XML, has another root than this or a document type.
    """
    done: list[Element] = []
    parser = _parser(file, root, frozenset(wanted), done)
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
                yield from done
                done.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        where = f"line {fault.lineno}: {expat.errors.messages[fault.code]}"
        raise SourceError(f"{file.name} is not well-formed XML ({where}): make it again from your system") from fault
    except OSError as fault:
        raise SourceError(f"{file.name} cannot be opened ({fault.strerror}): give read access") from fault
    yield from done


def _parser(file: SourceFile, root: str, wanted: frozenset[str], done: list[Element]) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    open_elements: list[Element] = []
    roots: list[str] = []

    def starts(name: str, _: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if not roots:
            roots.append(tag)
            if tag != root:
                raise SourceError(
                    f"{file.name} is not the return that it is read as: its outermost element is no {root}"
                )
        if open_elements or tag in wanted:
            element = Element(tag, parser.CurrentLineNumber)
            if open_elements:
                open_elements[-1].children.append(element)
            open_elements.append(element)

    def ends(_: str) -> None:
        if open_elements:
            element = open_elements.pop()
            if not open_elements:
                done.append(element)

    def text(words: str) -> None:
        if open_elements:
            open_elements[-1].text += words

    def document_type(*_: object) -> None:
        raise SourceError(f"{file.name} has a document type (<!DOCTYPE ...>), which no return has: take it out")

    parser.StartElementHandler, parser.EndElementHandler = starts, ends
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, document_type
    return parser
