"""Which figures the product claims, each with its goal and the command that prints it again."""
