"""Sections as text for a terminal, and as Markdown."""

from sections import Section, Table


def text(sections: list[Section]) -> str:
    lines = []
    for section in sections:
        lines += ["", section.title, "-" * len(section.title)]
        for part in section.parts:
            lines += [part] if isinstance(part, str) else columns(part)
    return "\n".join(lines)


def columns(table: Table) -> list[str]:
    """Words to the left, figures to the right."""
    lines = [[] for _ in table]
    for column in range(len(table[0])):
        width = max(len(row[column]) for row in table)
        to_the_right = is_of_figures(table, column)
        for line, row in zip(lines, table, strict=True):
            line.append(row[column].rjust(width) if to_the_right else row[column].ljust(width))
    return ["  ".join(line).rstrip() for line in lines]


def markdown(sections: list[Section]) -> str:
    blocks = []
    for section in sections:
        blocks.append(f"## {section.title}")
        for part in section.parts:
            blocks.append(escaped(part) if isinstance(part, str) else "\n".join(markdown_table(part)))
    return "\n\n".join(blocks) + "\n"


def markdown_table(table: Table) -> list[str]:
    head, *rows = ([escaped(cell) for cell in row] for row in table)
    rule = ["---:" if is_of_figures(table, column) else "---" for column in range(len(table[0]))]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def escaped(text: str) -> str:
    for mark in "\\*_|<":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def is_of_figures(table: Table, column: int) -> bool:
    """Whether every cell below the head is a figure, or nothing."""
    return column > 0 and all(not row[column] or row[column].lstrip("+-")[:1].isdigit() or row[column] == "failed" for row in table[1:])
