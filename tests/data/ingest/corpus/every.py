"""All files of the corpus."""

from tests.data.ingest.corpus.binaries import BINARY, OLD, OPEN
from tests.data.ingest.corpus.case import Case
from tests.data.ingest.corpus.packages import CELLS, PARTS, ZIP
from tests.data.ingest.corpus.texts import COLUMNS, LOGS, TEXT, VALUES

CASES: tuple[Case, ...] = (*ZIP, *PARTS, *CELLS, *OLD, *BINARY, *OPEN, *TEXT, *VALUES, *LOGS, *COLUMNS)
