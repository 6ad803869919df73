"""What the office as a whole carried at its last month-end: a stored row, the same for every path."""

from features.attribute_measures import Office
from features.feature import Feature


def _office(column: str, zh: str, en: str, unit: str, high: float) -> Feature:
    return Feature(
        name=f"office_{column}",
        zh=zh,
        en=en,
        unit=unit,
        group="office",
        measure=Office(column),
        high=high,
        source="办理单位月度背景（上月末存档）",
    )


FEATURES: tuple[Feature, ...] = (
    _office("open_matters", "本院在办事项数", "open matters of the office and category", "matters", 1_000_000),
    _office("overdue_permille", "本院逾期占比", "overdue share of the office and category", "‰", 1000),
    _office("return_permille", "同类事项再次反映率", "past share raised again, office and category", "‰", 1000),
)
