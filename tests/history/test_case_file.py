"""A notice belongs to a case where it speaks of one of its runs: when it was given, or in a night since."""

from datetime import date

from crawler.history.case_file import notices_of_case
from crawler.model.notice import Before, Notice, NoticeNight, Side, Standing

RUNS = [f"toko/2026010{number}T000000Z-0000000{number}" for number in (1, 2, 3)]


def notice(number, *before):
    return Notice(
        number=number,
        letter=f"B-{number}",
        given=date(2026, 1, 2),
        deadline=date(2026, 1, 9),
        by="siti",
        target="toko",
        rule="foreign-logo",
        stage="storefront",
        fingerprint="f",
        before=tuple(Before(device="desktop", bundle=name) for name in before),
    )


def night(number, before, after):
    side = Side(device="desktop", state="there", before=before, after=after)
    when = {"night": date(2026, 1, 3), "since": date(2026, 1, 2)}
    return NoticeNight(notice=number, state="open", overdue=False, sides=(side,), **when)


def test_only_notices_on_runs_of_the_case_are_its_own():
    own = Standing(notice=notice(1, RUNS[0]))
    other = Standing(notice=notice(2, RUNS[2]))
    assert [(each.standing, each.runs) for each in notices_of_case(RUNS[:2], [own, other])] == [
        (own, (RUNS[0],))
    ]


def test_a_run_that_looked_again_counts_and_each_is_named_once():
    seen_again = Standing(notice=notice(1, RUNS[2]), last=night(1, RUNS[2], RUNS[1]))
    both = Standing(notice=notice(2, RUNS[0]), last=night(2, RUNS[0], RUNS[1]))
    found = notices_of_case(RUNS[:2], [seen_again, both])
    assert [each.runs for each in found] == [(RUNS[1],), (RUNS[0], RUNS[1])]
