"""How our own Markdown becomes HTML: headings, lists, tables, bold and code; everything else is text, escaped."""

import re
from html import escape

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`([^`]+)`")


def to_html(markdown: str, *, top: int = 1) -> str:
    """HTML of cards, records and notices; a first-level heading becomes `<h{top}>`. Nothing in it can be markup."""
    parts: list[str] = []
    lines = markdown.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("#"):
            level = len(line) - len(line.lstrip("#"))
            tag = f"h{min(6, level + top - 1)}"
            parts.append(f"<{tag}>{_inline(line[level:].strip())}</{tag}>")
            at += 1
        elif line.startswith("- "):
            end = _run(lines, at, "- ")
            parts.append("<ul>" + "".join(f"<li>{_inline(one[2:])}</li>" for one in lines[at:end]) + "</ul>")
            at = end
        elif line.startswith("|"):
            end = _run(lines, at, "|")
            parts.append(_table(lines[at:end]))
            at = end
        else:
            parts.append(f"<p>{_inline(line)}</p>")
            at += 1
    return "\n".join(parts)


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _run(lines: list[str], at: int, start: str) -> int:
    while at < len(lines) and lines[at].startswith(start):
        at += 1
    return at


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<strong>\1</strong>", escape(text, quote=False)))
