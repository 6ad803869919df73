"""One matter alone: the declared measures and clocks compiled a second time, to plain Python (ADR 0044)."""
