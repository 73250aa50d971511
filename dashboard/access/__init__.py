"""Who may see and do what: roles, accounts, sessions, tokens, and the one guard in front of every route."""
