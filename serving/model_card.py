"""The documents of a model version: its card, the public record and the notice, as Markdown and as HTML on its own."""

from dataclasses import dataclass
from pathlib import Path

from data.settings import Settings
from data.store import models
from data.store.engine import Store
from features.catalog import CATALOG
from serving.champion import features_of
from serving.charts import heat_map, step_chart
from serving.markdown import to_html
from serving.model_transfer import LANGUAGES, read_card
from training import registry
from training.notice import Standing, notice, public_record
from training.scorecard import Scorecard

DOCUMENTS = ("card", "record", "notice")
_STYLE = (
    "body{font:16px/1.6 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:#1d2733;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;font-size:.875rem}"
    "th,td{border:1px solid #c5ced8;padding:.25rem .5rem;text-align:left;"
    "vertical-align:top}.scroll{overflow-x:auto}code{overflow-wrap:anywhere}"
    ".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem;padding:0}"
    "figure{margin:0;border:1px solid #c5ced8;padding:.5rem}figcaption{font-size:.875rem}svg{width:100%;height:auto}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One drawing with its caption."""

    caption: str
    svg: str
    pair: bool = False


def write_documents(store: Store, settings: Settings, state: Path, version: int, out: Path) -> list[str]:
    """Write card, public record and notice of a version into `out`, zh and en, .md and .html; returns the files.

    Raises NotFound for an unknown version or one without a card, StoreError for a scorecard missing or altered.
    """
    standing = standing_of(store, settings, state, version)
    out.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    for language in LANGUAGES:
        for name in DOCUMENTS:
            text = document(state, standing, name, language)
            drawn = charts_html(charts(standing.scorecard, language), language) if name == "card" else ""
            for suffix, content in (("md", text), ("html", whole(text, drawn, language))):
                path = out / f"{name}.{language}.{suffix}"
                path.write_text(content, encoding="utf-8")
                written.append(str(path))
    return written


def standing_of(store: Store, settings: Settings, state: Path, version: int) -> Standing:
    """A version with its scorecard and the decisions about it."""
    model = models.find_model(store, version)
    return Standing(
        model=model,
        scorecard=registry.load_scorecard(state, model.scorecard_path, model.scorecard_sha256),
        approvals=tuple(one for one in models.read_approvals(store) if one.version == version),
        impact_id=settings.impact.assessment_id,
        time_zone=settings.time_zone,
    )


def document(state: Path, standing: Standing, name: str, language: str) -> str:
    """One of DOCUMENTS as Markdown."""
    if name == "card":
        return read_card(state, standing.model.version)[language]
    if name == "notice":
        return notice(standing.model, language)
    return public_record(standing, features_of(state, standing.model.version), language)


def charts(scorecard: Scorecard, language: str) -> list[Chart]:
    """A drawing for every feature that weighs anything, the weightiest first, then for every table of two."""
    known = {feature.name: feature for feature in CATALOG}
    moving = [step for step in scorecard.steps if step.thresholds.size and step.name in known]
    moving.sort(key=lambda step: (int(step.values.min() - step.values.max()), step.name))
    side = "zh" if language == "zh" else "en"
    drawn = [
        Chart(caption=getattr(known[step.name], side), svg=step_chart(step, known[step.name], language))
        for step in moving
    ]
    for (first, second), pair in zip(scorecard.pair_names, scorecard.pairs, strict=True):
        if first in known and second in known:
            caption = f"{getattr(known[first], side)} × {getattr(known[second], side)}"
            drawn.append(Chart(caption=caption, svg=heat_map(pair, known[first], known[second], language), pair=True))
    return drawn


def charts_html(drawn: list[Chart], language: str) -> str:
    """The drawings as one section."""
    title = "各项特征的作用（对数几率）" if language == "zh" else "What each feature adds (log-odds)"
    figures = "".join(
        f"<figure>{chart.svg}<figcaption>{to_html(chart.caption)}</figcaption></figure>" for chart in drawn
    )
    return f'<h2>{title}</h2><div class="charts">{figures}</div>'


def whole(markdown: str, more: str, language: str) -> str:
    """A page that needs nothing beside itself."""
    title = to_html(markdown.splitlines()[0]).removeprefix("<h1>").removesuffix("</h1>")
    code = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main>{to_html(markdown)}{more}</main></body></html>\n"
    )
