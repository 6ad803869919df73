"""How an explanation stands on paper: A4, Chinese typeface embedded, page x of y, room for the seal and a signature."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typst

from serving.export_pdf import chinese_font


def explanation_pdf(content: Mapping[str, Any], *, made_at: int, demo: bool) -> bytes:
    """The PDF of serving.explanation_paper.paper_content; the same content gives the same bytes.

    `made_at` is in UTC microseconds.  Raises SettingsError where this machine has no Chinese font.
    """
    zh = content["language"] == "zh"
    data = dict(content) | {
        "font": chinese_font(),
        "pages": ["第", "页 共", "页"] if zh else ["page", "of", ""],
        "demo": ("【演示数据，内容均为虚构】" if zh else "[demonstration, all invented]") if demo else "",
    }
    out = typst.compile(
        files("serving").joinpath("templates/explanation.typ").read_bytes(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
        timestamp=made_at // 1_000_000,
    )
    assert isinstance(out, bytes)  # noqa: S101 - one PDF, no pages as images
    return out
