"""The check of a sentence against its source: what passes, what is marked, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lionrock.cite.facts import facts_of
from lionrock.cite.mark import Claim
from lionrock.cite.verify import attribute, cite, verify
from lionrock.records import Passage, Span, Verdict


def passage(text: str, *, title: str = "Licence guide", heading: tuple[str, ...] = (), number: int = 1) -> Passage:
    return Passage(
        id=f"p{number}",
        document_id="d",
        version=1,
        ordinal=number,
        text=text,
        start=0,
        end=len(text),
        language="en",
        title=title,
        source="guide.docx",
        heading=heading,
    )


def same(claim: str, source: str) -> float:
    return 1.0


FEES = passage(
    "The renewal fee is HK$250,000.\nIt is payable by 1 May 2025. Applicants wait 40 days. 續期費用為港幣二十五萬元。"
)


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ("The renewal fee is HK$250,000.", "supported", None),
        ("續期費用為25萬元。", "supported", None),
        ("The fee of $250,000 is payable by 1/5/2025.", "supported", None),
        ("Applicants wait forty days.", "supported", None),
        ("The renewal fee is HK$260,000.", "unsupported", "sum of money not in the source: HK$260,000"),
        ("It is payable by 2 May 2025.", "unsupported", "date not in the source: 2 May 2025"),
        ("Applicants wait 41 days.", "unsupported", "number not in the source: 41 days"),
        ("Under section 12 applicants wait 40 days.", "unsupported", "legal reference not in the source: section 12"),
        ("Pay the Lands Department by 1 May 2025.", "partly", "name not in the source: Lands Department"),
        ("The「replacement fee」is HK$250,000.", "partly", "quoted wording not in the source: 「replacement fee」"),
        ("The renewal fee is not HK$250,000.", "partly", "one of sentence and source is negative"),
    ],
)
def test_verdicts(text: str, verdict: Verdict, reason: str | None) -> None:
    sentence = verify(Claim(text, (1,)), [FEES], same)
    assert (sentence.verdict, sentence.text) == (verdict, text)
    if reason is None:
        assert sentence.reasons == ()
    else:
        assert any(item.startswith(reason) for item in sentence.reasons)


def test_the_quote_is_the_sentence_that_says_it_and_its_span_is_exact() -> None:
    (citation,) = verify(Claim("It is payable by 1 May 2025.", (1,)), [FEES], same).citations
    assert citation.quote == "It is payable by 1 May 2025."
    assert FEES.text[citation.start : citation.end] == citation.quote


def test_a_source_that_is_not_there() -> None:
    assert verify(Claim("Anything.", (7,)), [FEES], same).reasons == (
        "cites [7], which is not among the sources",
        "cites no source",
    )
    mixed = verify(Claim("The renewal fee is HK$250,000.", (1, 7)), [FEES], same)
    assert (mixed.verdict, len(mixed.citations)) == ("partly", 1)


def test_no_source_at_all() -> None:
    assert verify(Claim("Anything.", ()), [FEES], same).verdict == "unsupported"


@pytest.mark.parametrize(("shared", "verdict"), [(0.1, "unsupported"), (0.4, "partly"), (0.9, "supported")])
def test_meaning_must_be_shared(shared: float, verdict: Verdict) -> None:
    assert verify(Claim("The renewal fee is due.", (1,)), [FEES], lambda claim, source: shared).verdict == verdict


def test_title_and_heading_count_as_said_by_the_source() -> None:
    source = passage("The user must comply.", title="Privacy Ordinance (Cap. 486)", heading=("19. Access requests",))
    assert verify(Claim("Cap. 486 says the user must comply.", (1,)), [source], same).verdict == "supported"


def test_a_blank_passage_supports_nothing() -> None:
    assert verify(Claim("It costs HK$5.", (1,)), [passage(" ")], same).verdict == "unsupported"


def test_numbers_and_sums_meet() -> None:
    source = passage("收費 250,000 元;名額400。")
    assert verify(Claim("計劃收費為$250,000,名額四百。", (1,)), [source], same).verdict == "supported"
    assert verify(Claim("計劃名額為 $400。", (1,)), [source], same).verdict == "supported"


def test_facts_of_a_sentence() -> None:
    found = {
        (fact.kind, fact.text.strip())
        for fact in facts_of("根據第486章第19(1)條及附表1,HKGAI 須於2025年5月1日前繳付$1.5 million,佔5%。")
    }
    assert {
        ("reference", "第486章"),
        ("date", "2025年5月1日"),
        ("sum", "$1.5 million"),
        ("number", "5%"),
        ("name", "HKGAI"),
    } <= found


@given(st.integers(2, 10**9), st.integers(2, 10**9))
def test_a_changed_sum_never_passes(real: int, told: int) -> None:
    source = passage(f"The grant is HK${real:,} in all.")
    sentence = verify(Claim(f"The grant is HK${told:,} in all.", (1,)), [source], same)
    assert (sentence.verdict == "supported") == (real == told)


@given(st.text(max_size=200), st.text(max_size=200))
def test_citations_always_quote_the_passage(claim: str, text: str) -> None:
    source = passage(text or " ")
    for citation in verify(Claim(claim, (1,)), [source], same).citations:
        assert source.text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("text", ["40 days.", "40日", "HK$250,000", "25萬元。"])
def test_a_bare_figure_is_not_enough(text: str) -> None:
    sentence = verify(Claim(text, (1,)), [FEES], same)
    assert sentence.verdict == "partly"
    assert "too short" in sentence.reasons[-1]


def test_a_wrong_number_of_a_source_is_put_right_by_what_is_found() -> None:
    other = passage("The hall is open on Sunday.", number=2)
    claim = Claim("The renewal fee is HK$250,000.", (2,))
    assert verify(claim, [FEES, other], same).verdict == "unsupported"
    sentence = attribute(claim, [FEES, other], same)
    assert sentence.verdict == "supported"
    assert sentence.citations[0].passage_id == "p1"
    assert attribute(Claim("The renewal fee is HK$250,000.", (1,)), [FEES, other], same).verdict == "supported"
    nowhere = attribute(Claim("The renewal fee is HK$1.", (2,)), [FEES, other], same)
    assert (nowhere.verdict, nowhere.citations[0].passage_id) == ("unsupported", "p2")


@pytest.mark.parametrize(
    ("anchor", "quoted", "told"),
    [
        ("Staff!A5:B7", "Post: Clerk", "Staff!A6:B6"),
        ("Staff!A5:B7", "Post: Driver", "Staff!A7:B7"),
        ("Staff!A5:B7", "Post: Cook", "Staff!A5:B5"),
        ("s33", "Post: Clerk", "s33"),
        (None, "Post: Clerk", None),
    ],
)
def test_of_a_table_the_row_is_named(anchor: str | None, quoted: str, told: str | None) -> None:
    text = "Staff of the pier\nPost: Cook\nPost: Clerk\nPost: Driver"
    start = text.index(quoted)
    assert cite(1, replace(passage(text), anchor=anchor), Span(start, start + len(quoted))).anchor == told
