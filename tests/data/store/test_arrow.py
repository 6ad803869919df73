"""A bulk read that fails says so, and one beside a writer neither waits for it nor disturbs it."""

import pytest
import sqlalchemy as sa

from data.errors import StoreError
from data.store.arrow import bulk_frames
from data.store.engine import Store


def test_a_failed_bulk_read_is_a_store_error(store: Store) -> None:
    with pytest.raises(StoreError) as refused:
        bulk_frames(store, [sa.select(sa.column("x")).select_from(sa.table("nowhere"))])
    assert refused.value.code == "store_bulk_read"
    assert "nowhere" in refused.value.text("zh")


def test_a_bulk_read_sees_what_is_committed_and_leaves_the_writer_its_lock(store: Store) -> None:
    query = sa.select(sa.column("office_id", sa.Text)).select_from(sa.table("offices"))
    insert = sa.text("INSERT INTO offices VALUES (:office, '100 % ''x''', NULL, 'county')")
    with store.write() as connection:
        connection.execute(insert, {"office": "a"})
    with store.write() as connection:
        connection.execute(insert, {"office": "b"})
        assert bulk_frames(store, [query])[0]["office_id"].to_list() == ["a"]
        connection.execute(insert, {"office": "c"})
    first, second = bulk_frames(store, [query, query.where(sa.column("name") == "100 % 'x'")])
    assert sorted(first["office_id"]) == sorted(second["office_id"]) == ["a", "b", "c"]
