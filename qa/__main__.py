"""`python -m qa` is `speechqa`."""

from qa.cli import main

if __name__ == "__main__":
    main()
