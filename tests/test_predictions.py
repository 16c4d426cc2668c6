"""Predictions: guesses in any form, outcomes beside them, a tally for the bill."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.predictions import OPEN, RIGHT, WRONG, Prediction, tally

CHOICES = ("falls", "stays", "rises")


@pytest.mark.parametrize("guess", ["B", "b ", "stays"])
def test_a_choice_is_a_letter_or_its_text(guess):
    item = Prediction("loss", CHOICES)
    assert "B: stays" in item.ask(guess).text
    item.reveal("stays")
    assert item.status == RIGHT


@pytest.mark.parametrize("guess", ["D", "", 2, 1.5, ["B"], "stay", True])
def test_what_is_no_choice_gets_a_sentence_and_counts_as_none(guess):
    item = Prediction("loss", CHOICES)
    told = item.ask(guess).text
    assert 'none of the choices. Put "A", "B" or "C" in place of None.' in told
    assert item.guess is None


@pytest.mark.parametrize("guess", [5, 5.0, np.float32(5), np.array(5)])
def test_a_number_comes_in_any_form(guess):
    item = Prediction("steps", unit="steps")
    assert "5 steps" in item.ask(guess).text


@pytest.mark.parametrize(
    "guess", ["5", True, float("nan"), float("inf"), [5], 1j, 10**400, np.ones(2)]
)
def test_what_is_no_number_gets_a_sentence(guess):
    item = Prediction("steps", unit="steps")
    assert (
        "That is no number. Put a number without quotes (steps)" in item.ask(guess).text
    )
    assert item.guess is None


def test_no_guess_says_how_and_lets_you_go_on():
    told = Prediction("loss", CHOICES).ask(None).text
    assert "Or go on without one." in told
    assert "C: rises" in told


@pytest.mark.parametrize(
    ("guess", "outcome", "status"),
    [(8.0, 10.0, RIGHT), (12.5, 10.0, RIGHT), (12.6, 10.0, WRONG), (-8.0, -10.0, RIGHT)]
    + [(0.0, 0.0, RIGHT), (0.1, 0.0, WRONG)],
)
def test_a_number_is_right_within_a_quarter(guess, outcome, status):
    item = Prediction("steps")
    item.ask(guess)
    item.reveal(outcome)
    assert item.status == status


def test_guess_and_outcome_stand_side_by_side():
    item = Prediction("steps", unit="steps")
    item.ask(30)
    shown = item.reveal(10)
    assert shown.text.splitlines() == [
        "Not as predicted",
        "  your prediction: 30 steps",
        "  it came out: 10 steps",
    ]
    assert "width:200px" in shown.html and "width:67px" in shown.html


def test_an_outcome_without_a_guess_is_shown_all_the_same():
    item = Prediction("loss", CHOICES)
    assert "it came out: A: falls" in item.reveal("falls").text
    assert item.status == OPEN


def test_after_the_outcome_the_guess_stays():
    item = Prediction("loss", CHOICES)
    item.ask("A")
    item.reveal("rises")
    assert "it stays: A: falls" in item.ask("C").text
    assert item.status == WRONG


def test_a_lesson_cannot_reveal_what_was_no_choice():
    with pytest.raises(ValueError, match="cannot be the outcome"):
        Prediction("loss", CHOICES).reveal("explodes")


def test_the_tally_counts_right_ones_and_names_those_not_made():
    first, second, third = (Prediction(name, CHOICES) for name in ("a", "b_c", "d"))
    first.ask("A")
    third.ask("B")
    for item in (first, second, third):
        item.reveal("falls")
    assert tally([first, second, third]) == ("1 of 3 right", "not made: b c")
    assert tally([]) is None
    assert tally([second]) == ("none made", "")


def test_html_is_escaped():
    item = Prediction("x", ("<b>", "&"))
    assert "<b>:" not in item.ask(None).html
    assert "&lt;b&gt;" in item.ask("A").html


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.binary()))
def test_nothing_raises_over_a_guess(guess):
    for item in (Prediction("a", CHOICES), Prediction("b", unit="s")):
        item.ask(guess)
        item.reveal("falls" if item.choices else 3.0)


def test_a_share_in_percent_lies_between_0_and_100():
    item = Prediction("share", unit="%")
    assert "between 0 and 100 %" in item.ask(150).text and item.guess is None
    assert "85 %" in item.ask(85).text


def test_a_choice_that_is_a_number_may_come_as_one():
    item = Prediction("pictures", ("20", "50", "100"))
    item.ask(50)
    assert item.guess == "50"
