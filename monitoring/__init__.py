"""Is it still true: checks that say what changed since the model was approved."""
