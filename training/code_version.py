"""Which code made a model: the installed version, and a hash of every module a score can depend on."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import data
import features
import training

_DISTRIBUTION = "petition-risk"


@cache
def code_version() -> str:
    """`version+sha256.` and 16 hex digits over the sources of data, features and training.

    The same whether they are installed or lie in a checkout, and another one for a changed line: a version number
    alone would not tell.
    """
    digest = hashlib.sha256()
    for package in (data, features, training):
        root = Path(str(package.__file__)).parent
        for file in sorted(root.rglob("*.py")):
            digest.update(f"{package.__name__}/{file.relative_to(root).as_posix()}\n".encode())
            digest.update(file.read_bytes())
    return f"{version(_DISTRIBUTION)}+sha256.{digest.hexdigest()[:16]}"
