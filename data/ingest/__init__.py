"""How a ledger or a case log enters: read, checked row by row, and written whole or not at all."""
