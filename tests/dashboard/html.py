"""HTML as a small tree, and what is true of every piece of it this program makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta", "col", "wbr"}
LEAKED = re.compile(r"(?<![\w])(?:nan|NaN|None|null|Absent|Decimal|Undefined|Infinity|inf)(?![\w])")
"""Words of programs that no reader should meet."""


@dataclass
class Node:
    """An element with its attributes, its children and the text directly in it."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """This element and all below it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str = "", css: str = "", **attributes: str) -> list[Node]:
        """Elements below by tag, class and attributes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            node
            for node in self.walk()
            if node is not self
            and tag in ("", node.tag)
            and (not css or css in node.css)
            and all(node.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", css: str = "", **attributes: str) -> Node:
        """The only such element."""
        [found] = self.all(tag, css, **attributes)
        return found

    @property
    def css(self) -> list[str]:
        """Classes."""
        return (self.attributes.get("class") or "").split()

    @property
    def text(self) -> str:
        """All text below, blanks folded."""
        return " ".join(self.raw.split())

    @property
    def raw(self) -> str:
        """All text below, as it stands."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def rows(self) -> list[list[str]]:
        """The texts of a table's body, line by line."""
        return [
            [cell.text for cell in line.children if isinstance(cell, Node)]
            for body in self.all("tbody")
            for line in body.all("tr")
        ]

    def __getitem__(self, name: str) -> str:
        return self.attributes[name] or ""


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Node:
    """The tree of a fragment. A tag left open, closed twice or out of order is an error."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert len(builder.open) == 1, f"never closed: {[node.tag for node in builder.open[1:]]}"
    return builder.root


def leaked_words(root: Node) -> list[str]:
    """Words of programs in texts and in the attributes people see or hear."""
    shown = [root.text]
    for node in root.walk():
        shown += [node.attributes.get(name) or "" for name in ("title", "aria-label", "cite", "alt", "style", "class")]
    return [f"…{text[max(0, m.start() - 40) : m.end() + 20]}…" for text in shown for m in LEAKED.finditer(text)]
