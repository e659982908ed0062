"""Violation by rule, as a table for the terminal."""

from crawler.checks.registry import rules

SHOWN = {"fail": "X", "needs_review": "?"}


def lines(reports):
    """The table of what each violation turned, from the properties that its test left; none without tests."""
    rows = {}
    for report in reports:
        left = dict(report.user_properties)
        if "violation" in left:
            rows[left["violation"]] = {rule: SHOWN[outcome] for rule, outcome in left["turned"]}
    if not rows:
        return []
    columns = list(rules())
    width = max(map(len, rows))
    heads = [f"{chr(ord('a') + at)}  {rule}" for at, rule in enumerate(columns)]
    letters = " ".join(chr(ord("a") + at) for at in range(len(columns)))
    body = [
        f"{name:{width}}  " + " ".join(turned.get(rule, "·") for rule in columns)
        for name, turned in sorted(rows.items())
    ]
    return [*heads, "X turned, ? for review", "", f"{'':{width}}  {letters}", *body]
