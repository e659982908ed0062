"""`python -m crawler.cli` is `pantau`."""

from crawler.cli import main

if __name__ == "__main__":
    main()
