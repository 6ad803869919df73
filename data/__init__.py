"""What exists: offices, matters, events and dated attributes, how they enter and where they are kept."""
