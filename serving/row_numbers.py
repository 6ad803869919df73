"""Numbers of rows in addresses: none beyond what a store can hold, which its driver would not take."""

from typing import Annotated

from fastapi import Path, Query

MOST = 2**63 - 1
RowNumber = Annotated[int, Path(ge=1, le=MOST)]
#: To read on before a row that was told.
Before = Annotated[int | None, Query(ge=1, le=MOST)]
