"""What a person types: the command `petition-risk`, its verbs and its exit codes."""

from serving.cli.entry import main

__all__ = ["main"]
