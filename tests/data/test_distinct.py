"""Looking at each distinct text once gives what looking at every cell would."""

import polars as pl

from data.distinct import CELL, each_once, numbers_of, texts_of


def test_each_distinct_text_is_looked_at_once_and_every_cell_gets_its_answer() -> None:
    cells = pl.Series("c", ["甲", None, "乙", "甲", "", None])
    asked: list[str] = []

    def length(texts: pl.Series) -> pl.Series:
        asked.extend(texts.to_list())
        return texts.str.len_chars()

    assert each_once(cells, length).to_list() == [1, None, 1, 1, 0, None]
    assert sorted(asked) == ["", "乙", "甲"]
    assert each_once(cells.cast(CELL), length).to_list() == [1, None, 1, 1, 0, None]
    assert each_once(cells.clear(), length).is_empty()
    assert each_once(pl.Series([None, None], dtype=pl.String), length).to_list() == [None, None]


def test_equal_texts_have_equal_numbers_whatever_else_polars_holds() -> None:
    held = pl.Series([str(n) for n in range(1000)]).cast(CELL)
    cells = pl.Series(["b", "a", "b", None]).cast(CELL)
    numbers = numbers_of(cells).to_list()
    assert numbers[0] == numbers[2] != numbers[1]
    assert {*numbers[:3]} == {0, 1}
    assert numbers[3] is None
    assert sorted(texts_of(cells)) == ["a", "b"]
    assert len(held) == 1000
