"""The options several verbs share."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="最后一行输出 JSON / last line is one JSON object")]
