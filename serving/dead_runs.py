"""What a sweep that died has left behind, hidden, and how it is cleared away."""

from pathlib import Path

from data.store import lease, screenings
from data.store.engine import Store
from data.whole_file import clear_partials
from serving.held import LEASE


def log_path(screening_id: str) -> Path:
    """Where the feature log of a screening lies, from the state directory on."""
    return Path("screenings") / f"{screening_id}.parquet"


def clear_dead(store: Store, state: Path, *, holder: str) -> int:
    """Remove what runs that died left, of any batch or model: under the lease, held by `holder`, nobody else runs."""
    found = screenings.unfinished(store)
    for screening_id in found:
        path = state / log_path(screening_id)
        path.unlink(missing_ok=True)
        clear_partials(path)
        with lease.fenced(store, LEASE, holder=holder):
            screenings.drop_running(store, screening_id)
    return len(found)
