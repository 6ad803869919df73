"""Mappings are kept by office and version, and what one declares is confirmed by somebody else (G26)."""

import polars as pl
import pytest

from data.contract import Offices
from data.errors import NotAllowed, NotFound
from data.store.engine import Store
from data.store.mappings import NewMapping, confirm_mapping, read_mappings, remember
from data.store.register import write_offices


@pytest.fixture
def held(store: Store) -> Store:
    rows = [{"office_id": name, "name": name, "parent_id": None, "level": "county"} for name in ("C1", "C2")]
    write_offices(store, Offices.cast(pl.DataFrame(rows)))
    return store


def new(office: str = "C1", sha: str = "a", columns: tuple[str, ...] = ("编号",), *declares: str) -> NewMapping:
    return NewMapping(
        office_id=office, name="m", toml=f"# {sha}", sha256=sha * 64, columns=columns, declares=tuple(declares)
    )


def test_versions_count_up_by_office_and_the_same_again_is_the_same(held: Store) -> None:
    assert remember(held, new(), by="a", at=1).version == 1
    assert remember(held, new(), by="b", at=2).version == 1
    assert remember(held, new(sha="b"), by="a", at=3).version == 2
    assert remember(held, new("C2"), by="a", at=4).version == 1
    assert [(one.mapping.office_id, one.version) for one in read_mappings(held)] == [("C1", 1), ("C1", 2), ("C2", 1)]
    assert read_mappings(held, office_id="C2")[0].mapping.toml == "# a"
    assert all(one.usable for one in read_mappings(held))


def test_g26_what_is_declared_is_confirmed_once_and_by_somebody_else(held: Store) -> None:
    stored = remember(held, new("C1", "a", (), "attributes.sum"), by="anna", at=1)
    assert not stored.usable
    with pytest.raises(NotAllowed, match="second person"):
        confirm_mapping(held, "C1", 1, by="anna", at=2)
    assert confirm_mapping(held, "C1", 1, by="bert", at=3).usable
    with pytest.raises(NotAllowed, match="needs no confirmation"):
        confirm_mapping(held, "C1", 1, by="carl", at=4)
    with pytest.raises(NotFound):
        confirm_mapping(held, "C1", 9, by="bert", at=4)
    # The same mapping for a file with other columns keeps its confirmation; another declaration does not.
    assert remember(held, new("C1", "a", ("编号",), "attributes.sum"), by="dora", at=5).usable
    assert not remember(held, new("C1", "b", ("编号",), "attributes.more"), by="dora", at=6).usable
