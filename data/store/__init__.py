"""How registers, lists, accounts, proofs and models are kept; the only package that knows SQL."""
