"""How a report becomes Markdown or one self-contained HTML page: a list of headings, paragraphs, tables and charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `strong` ones must not be overlooked."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Short sentences, one a line."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; every row has as many cells as `head`."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """An inline SVG with what it shows in words; Markdown has the words only."""

    svg: str
    caption: str


Block = Heading | Text | Points | Table | Chart


def to_markdown(blocks: Sequence[Block]) -> str:
    """The blocks as Markdown, charts by their caption."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading():
                parts.append(f"{'#' * block.level} {block.text}")
            case Text():
                parts.append(f"**{block.text}**" if block.strong else block.text)
            case Points():
                parts.append("\n".join(f"- {item}" for item in block.items))
            case Table():
                rows = [block.head, *block.rows]
                lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
                parts.append("\n".join([lines[0], f"|{'---|' * len(block.head)}", *lines[1:]]))
            case Chart():
                parts.append(f"*{block.caption}*")
    return "\n\n".join(parts) + "\n"


def to_html(blocks: Sequence[Block], *, title: str, language: str) -> str:
    """The blocks as one page that needs nothing else: no script, no font, no address."""
    body = "\n".join(_html(block) for block in blocks)
    tongue = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{tongue}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _html(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
        case Text():
            return f'<p class="strong">{escape(block.text)}</p>' if block.strong else f"<p>{escape(block.text)}</p>"
        case Points():
            return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in block.items) + "</ul>"
        case Table():
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.head)
            rows = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in block.rows
            )
            return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>'
        case Chart():
            return f"<figure>{block.svg}<figcaption>{escape(block.caption)}</figcaption></figure>"


_STYLE = (
    "body{margin:0;background:#fff;color:#1c2733;font:16px/1.6 'Noto Sans CJK SC','Microsoft YaHei',sans-serif}"
    "main{max-width:1180px;margin:0 auto;padding:24px}"
    "h1{font-size:26px;margin:0 0 12px}h2{font-size:20px;margin:36px 0 8px;border-bottom:1px solid #c9d3dc}"
    "h3{font-size:17px;margin:24px 0 6px}p{margin:8px 0}p.strong{font-weight:700}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px;margin:8px 0}"
    "th,td{border:1px solid #c9d3dc;padding:4px 8px;text-align:left;vertical-align:top}"
    "th{background:#eef2f6}td:first-child{min-width:9em}"
    "figure{margin:12px 0}figcaption{font-size:14px;color:#45535f}svg{max-width:100%;height:auto}"
    "@media print{main{max-width:none;padding:0}h2{break-after:avoid}tr{break-inside:avoid}}"
)
