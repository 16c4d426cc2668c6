import numpy as np
import pandas as pd
import pytest
import torch

from course.exercises import NotYet, agrees, call, require, returns, same, unchanged


def step(weight, grad):
    return weight - grad


def message(function, *args, **kwargs):
    with pytest.raises(NotYet) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def test_the_first_difference_with_its_call():
    def wrong(w, g):
        return w - 2 * g if g > 1 else w - g

    cases = [(1.0, 0.5), (1.0, 2.0), (3.0, 3.0)]
    text = message(agrees, wrong, step, cases, hint="How often is grad taken?")
    assert text == (
        "For `wrong(weight=1.0, grad=2.0)` you return -3.0, expected -1.0. "
        "How often is grad taken?"
    )
    agrees(lambda w, g: np.float64(w) - g, step, cases)


def test_cases_by_name_do_not_bind_the_learner_to_names():
    agrees(lambda a, b: a - b, step, [{"grad": 1.0, "weight": 2.0}])


def test_an_argument_of_no_dimensions_that_was_changed_in_place():
    text = message(call, lambda t: t.add_(1), torch.tensor(1.0))
    assert "changed its argument `t` in place" in text


def test_a_forgotten_return():
    text = message(agrees, lambda w, g: None, step, [(1.0, 1.0)])
    assert "you return None" in text
    assert "forget `return`" in text


ONES = np.ones(3)


@pytest.mark.parametrize(
    ("value", "like", "fragment"),
    [
        (ONES, np.ones((3, 1)), "of shape (3,), expected (3, 1)"),
        (np.array([1, 1, 1]), ONES, "integers (int64), expected floating-point"),
        (np.array([1.0, 2, 3]), ONES, "holds 2.0 at index 1, expected 1.0 (2 of 3"),
        (np.full((2, 2), np.nan), np.ones((2, 2)), "nan means"),
        (0.1 + 1e-4, 0.1, "0.1001, expected 0.1"),
        (1.00002, 1.0, "1.00002, expected 1.0"),
        (float("nan"), 1.0, "nan means"),
        (4, 3, "4, expected 3"),
        (10**6 + 1, 10**6, "1000001, expected 1000000"),
        (True, 1, "the truth value True, expected the number 1"),
        ([1.0, 2.0, 3.0], ONES, "a list of 3 items, expected an array of shape (3,)"),
        ((1, 2), (1, 2, 3), "a tuple of 2 items, expected 3"),
        ((1, 2, 4), (1, 2, 3), "Item 2 of what you return is 4, expected 3"),
        ([[1], [2]], [[1], [3]], "Item 0 of item 1 of what you return is 2"),
        ({"a": 1}, {"b": 1}, "without the key 'b'"),
        ({"a": 1, "b": 1}, {"b": 1}, "the key 'a', which does not belong"),
        ("cat", "dog", "'cat', expected 'dog'"),
        (torch.ones(3), ONES, "a tensor of shape (3,), expected an array"),
        (torch.ones(3), torch.ones(1, 3), "of shape (3,), expected (1, 3)"),
        (torch.ones(3), torch.zeros(3).bfloat16(), "1.0 at index 0, expected 0.0"),
        (3.0, torch.tensor(3.0), "the number 3.0, expected a tensor of shape ()"),
        (pd.Series([1, 2]), pd.Series([1, 3]), "2 at index 1, expected 3"),
        (step, 3.0, "the function `step`, expected the number 3.0"),
        (object(), 3.0, "an object of type `object`, expected the number"),
    ],
)
def test_what_differs(value, like, fragment):
    assert fragment in message(returns, value, like)
    assert not same(value, like)


@pytest.mark.parametrize(
    ("value", "like"),
    [
        (np.float32(0.1), 0.1),
        (np.array(2.0), 2.0),
        (torch.tensor(2.0, requires_grad=True), 2.0),
        (3.0, 3),
        (np.int64(3), 3),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
        ([1.0, 2], (1.0, 2)),
        (np.ones(3, np.float32), ONES),
        (np.array([np.nan, 1]), np.array([np.nan, 1])),
        (torch.ones(2).bfloat16(), torch.ones(2)),
        (torch.ones(2, requires_grad=True) * 2, 2 * torch.ones(2)),
        (pd.Series(["a", None]), pd.Series(["a", None])),
        ({"a": [1, ONES]}, {"a": [1, ONES]}),
        (np.bool_(True), True),
        (np.array([], float), np.array([], float)),
        (None, None),
        ({1, 2}, {2, 1}),
    ],
)
def test_what_agrees(value, like):
    returns(value, like)
    assert same(value, like)


def test_returns_names_the_value():
    assert message(returns, 2.0, 3.0, "the loss") == "The loss is 2.0, expected 3.0."


def grow(items):
    items.append(1)
    return 1


@pytest.mark.parametrize("value", [ONES, torch.ones(3), pd.Series([1.0, 2.0])])
def test_changing_an_argument_is_noticed(value):
    def scale(w):
        w *= 2
        return w

    text = message(agrees, scale, lambda w: w * 2, [(value,)])
    assert "changed its argument `w` in place: work on a copy" in text
    assert float(value[0]) == 1.0


def test_changing_a_list_is_noticed_and_the_case_survives():
    items = [[3]]
    assert "`items`" in message(call, grow, items)
    assert "`items`" in message(call, grow, items=items)
    assert items == [[3]]


def test_a_generator_may_be_used_up():
    generator = np.random.default_rng(0)
    agrees(lambda g: g.random(), lambda g: g.random(), [(generator,)])
    call(lambda g: g.random(), generator)


def test_unchanged_and_require():
    unchanged(ONES, ONES.copy(), "x")
    assert "`x`" in message(unchanged, ONES, ONES * 2, "x")
    require(True, "no")
    assert message(require, False, "no") == "no"


def test_long_arguments_are_shown_short():
    text = message(agrees, lambda x: 0.0, lambda x: 1.0, [(np.zeros((50, 50)),)])
    assert "x=an array of shape (50, 50)" in text
    text = message(agrees, lambda x: 0, lambda x: 1, [(list(range(1000)),)])
    assert len(text) < 200


def test_values_whose_methods_fail():
    class Odd:
        def __repr__(self):
            raise RuntimeError

        def __eq__(self, other):
            raise RuntimeError

    assert "an object of type `Odd`" in message(returns, Odd(), 1)
    assert message(returns, Odd(), Odd())
