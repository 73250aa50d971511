"""``python -m dashboard``: the web server, accounts, tokens and the audit log."""

from dashboard.cli import main

if __name__ == "__main__":
    main()
