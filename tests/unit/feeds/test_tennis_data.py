from collections import Counter

import pytest

from feeds.account import Account
from feeds.tennis_data import read
from schemas import Quote, Result

HEADER = "ATP,Tournament,Date,Winner,Loser,Wsets,Lsets,Comment,B365W,B365L,PSW,PSL,AvgW,AvgL"


def became(
    winner="Kwon S.W.", loser="Nishioka Y.", sets="2.0,0.0", comment="Completed", prices=",,1.7,2.26,,"
):
    row = f"1,Adelaide,2022-01-03,{winner},{loser},{sets},{comment},{prices}"
    account = Account()
    return list(read([HEADER.encode(), row.encode()], account)), account


def test_who_is_home_does_not_tell_who_won():
    first, _ = became("Kwon S.W.", "Nishioka Y.")
    second, _ = became("Nishioka Y.", "Kwon S.W.")
    assert first[0] == second[0]
    assert (first[0].home, first[1].prices) == ("Kwon S.W.", {"home": 1.7, "away": 2.26})
    assert second[1].prices == {"home": 2.26, "away": 1.7}
    assert [(m[-1].home_score, m[-1].away_score) for m in (first, second)] == [(2, 0), (0, 2)]


@pytest.mark.parametrize(
    ("sets", "comment", "status"),
    [
        ("2.0,1.0", "Completed", "final"),
        ("1.0,0.0", "Retired", "final"),
        ("1.0,1.0", "Retired", "void"),
        (",", "Walkover", "void"),
        ("0.0,1.0", "Awarded", "void"),
    ],
)
def test_a_match_that_sets_do_not_decide_is_void(sets, comment, status):
    messages, _ = became(sets=sets, comment=comment)
    [result] = [message for message in messages if isinstance(message, Result)]
    assert result.status == status
    assert (result.home_score is None) == (status == "void")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"prices": ",,0.972,35.02,,"}, {"bad_price": 1}),
        ({"prices": ",,1.5,,,"}, {"missing_outcome": 1}),
        ({"prices": "x`2.51,1.63,,,,"}, {"bad_price": 1}),
        ({"prices": ",,,,1.5,2.5"}, {"aggregate": 1}),
        ({"prices": ",,,,,", "sets": "1,1"}, {"bad_score": 1}),
        ({"prices": ",,,,,", "sets": "two,0"}, {"bad_score": 1}),
    ],
)
def test_what_makes_no_message_is_counted_with_its_reason_and_the_match_stands(change, parts):
    messages, account = became(**change)
    assert not any(isinstance(message, Quote) for message in messages)
    assert (account.published, account.parts_rejected) == (1, Counter(parts))


def test_rows_that_are_no_matches_are_rejected_with_their_reasons():
    rows = [b"1,Adelaide,soon,A,B,2,0,Completed", b"1,Adelaide,2022-01-03,,B,2,0,Completed"]
    account = Account()
    list(read([HEADER.encode(), *rows], account))
    assert account.rejected == Counter(bad_time=1, schema=1)
