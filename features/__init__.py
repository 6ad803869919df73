"""What was known: the visible history of a matter turned into features, clocks and must-act rules."""
