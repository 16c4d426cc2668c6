import re
import time
from decimal import Decimal

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from course.errors import CourseError
from course.exercises import (
    Before,
    Choice,
    Mistake,
    NotBetween,
    Number,
    Ordering,
    Question,
    Quiz,
    exercise,
    load_exercise,
    progress,
)
from course.exercises.display import boxed

MOMENTUM = '''
from course.exercises import Code, Wrong, agrees


def momentum_step(weight, grad, velocity, lr, beta):
    """Return (new_weight, new_velocity)."""
    velocity = beta * velocity + grad
    return weight - lr * velocity, velocity


def in_one_line(w, g, v, lr, beta):
    return w - lr * (beta * v + g), beta * v + g


def no_memory(weight, grad, velocity, lr, beta):
    return weight - lr * grad, grad


def check(answer):
    cases = [(1.0, 2.0, velocity, 0.1, 0.9) for velocity in (0.0, 3.0)]
    agrees(answer, momentum_step, cases)


exercise = Code(
    title="Momentum by hand",
    difficulty=2,
    minutes=8,
    hints=["a nudge", "a push", "nearly the answer"],
    seconds=1,
    function="momentum_step",
    solution=momentum_step,
    check=check,
    alternates=[in_one_line, lambda *all: in_one_line(*all)],
    wrong=[
        Wrong(no_memory, "item 0 of what you return is 0.8, expected 0.53"),
        Wrong(lambda *all: None, "forget `return`"),
    ],
)
'''

TRAINING = """
from course.exercises import Training, Wrong, require


def learning_rate():
    return 0.1


def check(answer, run):
    trained.append(run)
    require(answer() < run.bound, f"{run.bound} on {run.tier} with {run.seeds}")


def too_high():
    return 5.0


trained = []
exercise = Training(
    title="Train it",
    difficulty=3,
    minutes=10,
    hints=["a", "b"],
    function="learning_rate",
    solution=learning_rate,
    check=check,
    bounds={"ci": 1.0, "cpu": 0.5},
    reference="train.json",
    wrong=[Wrong(too_high, "1.0 on ci")],
)
"""

COMMON = dict(title="A question", difficulty=1, minutes=1, hints=["one", "two"])

NUMBER = Number(
    **COMMON,
    answer=3.5,
    unit="GB",
    mistakes=[Mistake(28.0, "These are gigabits.")],
    otherwise="Count the bytes of one weight.",
    worked="7 billion weights × half a byte.",
)
CHOICE = Choice(
    **COMMON,
    choices={"A": "one", "B": "two"},
    correct="B",
    why={"A": "One is odd.", "B": "Two is even."},
)
ORDERING = Ordering(
    **COMMON,
    lines=["optimizer.zero_grad()", "loss = f(x)", "loss.backward()", "step()"],
    rules=[
        Before("zero_grad", "backward", "The gradients would be cleared too late."),
        Before("loss = f", 2, "There is no loss yet."),
        Before(2, 3, "There is no gradient yet."),
    ],
    why="Each line needs what the one before made.",
)
QUIZ = Quiz(
    title="Where to begin",
    difficulty=1,
    minutes=10,
    questions=[
        Question("1 + 1?", {"A": "2", "B": "3"}, "A", "numbers", "it is"),
        Question("2 + 1?", {"A": "2", "B": "3"}, "B", "numbers", "count"),
        Question("An array?", {"A": "yes", "B": "no"}, "A", "arrays", "so it is"),
    ],
    topics={"numbers": "Take lesson 01.", "arrays": "Take lesson 02."},
    pass_mark=0.5,
)
PAPER = [NUMBER, CHOICE, ORDERING, QUIZ]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    monkeypatch.setattr(exercise, "_sessions", {})
    return tmp_path


@pytest.fixture
def momentum(tmp_path):
    return load(tmp_path, "momentum", MOMENTUM)


@pytest.fixture
def training(tmp_path):
    (tmp_path / "train.json").write_text('{"loss": 0.25}')
    return load(tmp_path, "train", TRAINING)


def load(folder, name, text, tier="ci"):
    path = folder / f"{name}.py"
    path.write_text(text)
    return load_exercise(path, "week/lesson", tier)


def proven(ex):
    for label, answer in ex.right_answers():
        assert ex.grade(answer).status == "passed", label
    for label, answer, fragment in ex.wrong_answers():
        outcome = ex.grade(answer)
        assert outcome.status == "not yet", label
        assert fragment in outcome.message, label


@pytest.mark.parametrize("ex", PAPER, ids=lambda ex: ex.kind)
def test_kinds_prove_themselves(ex):
    proven(ex)
    assert len(ex.wrong_answers()) >= 2
    assert ex.grade(ex.reference).status == "passed"
    for blank in (None, ...):
        assert ex.grade(blank).status == "not attempted"
    assert ex.grade(lambda: 0).status == "not yet"


def test_code_proves_itself(momentum, training):
    proven(momentum)
    proven(training)


# Code: the four outcomes.


def test_a_stub_is_not_attempted(momentum, capsys):
    def momentum_step(weight, grad, velocity, lr, beta):
        raise NotImplementedError

    outcome = momentum.grade(momentum_step)
    assert outcome.status == "not attempted"
    momentum.check(momentum_step)
    assert "Not attempted yet" in capsys.readouterr().out
    assert progress.table() == {}


def test_a_library_that_is_not_implemented_is_an_error(momentum):
    def momentum_step(weight, grad, velocity, lr, beta):
        return torch.nn.Module().forward(weight)

    assert momentum.grade(momentum_step).status == "raised"


def test_an_error_has_the_learners_own_line_and_the_call(momentum):
    def momentum_step(weight, grad, velocity, lr, beta):
        return np.linalg.inv(np.ones((2, 3)))  # fails inside NumPy

    outcome = momentum.grade(momentum_step)
    assert outcome.status == "raised"
    assert outcome.message.startswith("LinAlgError: ")
    assert outcome.line.source.startswith("return np.linalg.inv")
    assert outcome.line.function == "momentum_step"
    assert outcome.call.startswith("momentum_step(weight=1.0, grad=2.0, velocity=0.0")


def test_recursion_exit_and_a_broken_exception(momentum):
    def recursive(*numbers):
        return recursive(*numbers)

    def leaves(*numbers):
        raise SystemExit(1)

    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

    def breaks(*numbers):
        raise Broken

    assert "base case" in momentum.grade(recursive).message
    assert momentum.grade(leaves).message == "SystemExit: 1"
    assert momentum.grade(breaks).message == "Broken"
    for answer in (recursive, leaves, breaks):
        assert momentum.grade(answer).status == "raised"
        assert momentum.grade(answer).line


def test_an_endless_loop_ends(momentum):
    def momentum_step(*numbers):
        while True:
            try:
                weight = sum(numbers)
            except:  # noqa: E722
                weight = 0
            print(weight)

    began = time.monotonic()
    outcome = momentum.grade(momentum_step)
    assert outcome.call.startswith("momentum_step(weight=1.0")
    assert time.monotonic() - began < 8
    assert outcome.status == "not yet"
    assert "still running after 1 s," in outcome.message
    assert outcome.line.function == "momentum_step"


def test_an_interrupt_is_not_recorded(momentum, capsys):
    def momentum_step(*numbers):
        raise KeyboardInterrupt

    momentum.check(momentum_step)
    assert "Stopped." in capsys.readouterr().out
    assert progress.table() == {}


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        ("momentum_step", "the string 'momentum_step'"),
        ((0.8, 2.0), "You gave a tuple of 2 items"),
        (3, "the number 3"),
        (lambda w, g: w, "(weight, grad, velocity, lr, beta); yours takes (w, g)"),
        (lambda: 0, "yours takes no arguments"),
    ],
)
def test_a_wrong_type_of_answer_is_one_sentence(momentum, answer, fragment):
    outcome = momentum.grade(answer)
    assert outcome.status == "not yet"
    assert fragment in outcome.message


def test_printing_is_cut_short(momentum, capsys):
    def momentum_step(weight, grad, velocity, lr, beta):
        for number in range(2000):
            print("line", number)
        return 0.0, 0.0

    momentum.check(momentum_step)
    out = capsys.readouterr().out
    assert "line 0" in out
    assert "… and more" in out
    assert len(out) < 1000


# Progress, hints, solution, use.


def wrong_step(weight, grad, velocity, lr, beta):
    return 0.0, 0.0


def test_the_same_failure_twice_offers_the_next_hint(momentum, tmp_path, capsys):
    momentum.check(wrong_step)
    assert "Stuck?" not in capsys.readouterr().out
    # A cell that loads the exercise again remembers.
    again = load(tmp_path, "momentum", MOMENTUM)
    again.check(wrong_step)
    assert "ex.hint()` shows hint 1 of 3" in capsys.readouterr().out
    again.check(lambda *numbers: 0)  # another failure
    assert "Stuck?" not in capsys.readouterr().out
    assert progress.attempts("week/lesson", "momentum") == 3


def test_hints_come_one_by_one(momentum, capsys):
    for text in ("a nudge", "a push", "nearly the answer", "That was the last one"):
        momentum.hint()
        assert text in capsys.readouterr().out
    momentum.hint(1)
    assert "Hint 1 of 3" in capsys.readouterr().out
    momentum.hint(9)
    assert "There are 3 hints" in capsys.readouterr().out


def test_the_solution_comes_after_an_attempt(momentum, tmp_path, monkeypatch, capsys):
    momentum.solution()
    assert "force=True" in capsys.readouterr().out
    momentum.solution(force=True)
    assert "velocity = beta * velocity + grad" in capsys.readouterr().out
    momentum.check(wrong_step)
    monkeypatch.setattr(exercise, "_sessions", {})  # a new kernel
    capsys.readouterr()
    load(tmp_path, "momentum", MOMENTUM).solution()
    assert "def momentum_step(" in capsys.readouterr().out


def test_a_solution_of_another_name_is_renamed(tmp_path):
    text = MOMENTUM.replace("def momentum_step(", "def reference(")
    text = text.replace("solution=momentum_step", "solution=reference")
    _, code = load(tmp_path, "momentum", text).solution_text()
    assert code.startswith("def momentum_step(")


def test_use_returns_what_passed_else_the_reference(momentum, capsys):
    def mine(w, g, v, lr, b):
        v = b * v + g
        return w - lr * v, v

    assert momentum.use(mine) is mine
    assert capsys.readouterr().out == ""
    momentum.check(mine)
    assert momentum.use(mine) is mine
    capsys.readouterr()
    wrong_step.__name__ = "momentum_step"
    assert momentum.use(wrong_step)(1.0, 2.0, 0.0, 0.1, 0.9) == (0.8, 2.0)
    assert "goes on with the reference" in capsys.readouterr().out
    assert NUMBER.use(None) == 3.5
    assert NUMBER.use(3.51) == 3.51
    assert CHOICE.use("A") == "B"


def test_use_leaves_the_function_of_another_exercise_alone(momentum, capsys):
    def softmax(logits):
        return logits

    for ex in (momentum, NUMBER, CHOICE):
        assert ex.use(softmax) is softmax
        assert "belongs to another exercise" in capsys.readouterr().out


def test_use_regrades_a_list_that_was_changed():
    answer = list(ORDERING.reference)
    ORDERING.check(answer)
    answer.reverse()
    assert ORDERING.use(answer) == ORDERING.reference


def test_on_outcome_hears_every_check(momentum):
    heard = []
    momentum.on_outcome = lambda name, outcome: heard.append((name, outcome.status))
    momentum.check()
    momentum.check(momentum.reference)
    assert heard == [("momentum", "not attempted"), ("momentum", "passed")]


def test_progress_in_trouble_leaves_the_check_alone(momentum, home, capsys):
    (home / ".course").write_text("a file in the way")
    momentum.check(momentum.reference)
    assert "Passed" in capsys.readouterr().out


# Training.


def test_training_runs_by_tier_and_use_never_trains(training, tmp_path, capsys):
    trained = training.reference.__globals__["trained"]
    assert training.grade(lambda: 0.7).status == "passed"
    assert (trained[-1].bound, trained[-1].seeds) == (1.0, (0, 1))
    on_gpu = load(tmp_path, "train", TRAINING, tier="gpu12")
    assert on_gpu.grade(lambda: 0.7).message == "0.5 on gpu12 with (0, 1)"
    count = len(trained)

    def mine():
        return 0.7

    mine.__name__ = "learning_rate"
    assert training.use(mine) is training.reference  # not graded: not accepted
    assert len(trained) == count
    training.check(mine)
    assert training.use(mine) is mine
    assert training.use(lambda: 0.7) is training.reference
    exercise._sessions.clear()  # a new kernel: the function may be another by now
    again = load(tmp_path, "train", TRAINING)
    assert again.use(mine) is again.reference
    assert "Nothing is trained" in capsys.readouterr().out
    assert training.saved == {"loss": 0.25}
    (tmp_path / "train.json").unlink()
    with pytest.raises(CourseError, match="stored result"):
        training.saved  # noqa: B018


# The kinds on paper.


@pytest.mark.parametrize(
    "answer",
    [3.5, 3.53, np.float32(3.5), np.array(3.5), torch.tensor(3.5), Decimal("3.5")],
)
def test_numbers_that_pass(answer):
    assert NUMBER.grade(answer).status == "passed"


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        ("3.5", "without quotes"),
        (True, "truth value"),
        (float("nan"), "You gave nan"),
        (float("-inf"), "You gave -inf"),
        (10**400, "far too large"),
        (28.1, "These are gigabits."),
        (5, "5 GB is too high. Count the bytes"),
        (2, "2 GB is too low. Count the bytes"),
        ([3.5], "a list of 1 item"),
        (np.ones(2), "of shape (2,)"),
        (3.5 + 0j, "This needs a number"),
    ],
)
def test_numbers_that_do_not(answer, fragment):
    assert fragment in NUMBER.grade(answer).message


def test_an_answer_of_zero_has_an_absolute_tolerance():
    zero = Number(**COMMON, answer=0, worked="w", otherwise="o")
    assert zero.grade(0.005).status == "passed"
    assert zero.grade(0.02).status == "not yet"


ANYTHING = st.one_of(
    st.text(alphabet=st.sampled_from("ABCDabcd ,->-1?é"), max_size=8),
    st.text(max_size=6),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.booleans(),
    st.binary(max_size=4),
    st.decimals(),
    st.fractions(),
    st.lists(st.one_of(st.text(max_size=2), st.integers(), st.none()), max_size=5),
    st.dictionaries(st.integers(0, 5), st.one_of(st.text(max_size=1), st.none())),
)


@given(answer=ANYTHING)
@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_anything_gets_an_outcome(answer):
    for ex in PAPER:
        outcome = ex.grade(answer)
        assert outcome.status in ("passed", "not yet", "not attempted")
        assert outcome.message


@given(st.permutations("ABCD"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_an_order_passes_exactly_where_all_rules_hold(order):
    lines = [ORDERING.letters[letter] for letter in order]
    backward = lines.index(2)
    right = lines.index(0) < backward and lines.index(1) < backward < lines.index(3)
    assert (ORDERING.grade("".join(order)).status == "passed") == right


def test_two_orders_are_right_and_the_shown_one_is_not():
    zero, loss, backward, step = ORDERING.reference
    assert ORDERING.grade([loss, zero, backward, step]).status == "passed"
    assert ORDERING.grade("".join(ORDERING.letters)).status == "not yet"
    assert ORDERING.grade("ABXD").message.startswith("There is no line 'X'")
    shown = re.findall(r"- \*\*(\w)\*\* `(.+)`", ORDERING.choices_markdown())
    assert [letter for letter, _ in shown] == list("ABCD")
    assert sorted(text for _, text in shown) == sorted(ORDERING.lines)


def test_a_line_that_may_stand_on_either_side_but_not_between():
    loop = Ordering(
        **COMMON,
        lines=("reset", "backward", "step"),
        rules=(
            Before("backward", "step", "No gradient yet."),
            NotBetween("reset", "backward", "step", "Nothing is left to step by."),
        ),
        why="The reset may come first or last.",
    )
    letter = {loop.lines[index]: key for key, index in loop.letters.items()}

    def graded(*lines):
        return loop.grade("".join(letter[line] for line in lines))

    assert graded("reset", "backward", "step").status == "passed"
    assert graded("backward", "step", "reset").status == "passed"
    between = graded("backward", "reset", "step")
    assert between.message == "Nothing is left to step by."
    assert graded("step", "backward", "reset").message == "No gradient yet."


def test_a_quiz_says_what_to_take_and_keeps_the_letters():
    outcome = QUIZ.grade("BBB")
    assert outcome.status == "not yet"
    assert outcome.message == "1 of 3 are right."
    assert outcome.details == (
        "Right: 2. Wrong: 1, 3.",
        "numbers: 1 of 2.",
        "arrays: 0 of 1. Take lesson 02.",
    )
    assert QUIZ.grade({1: "b", 2: "b", 3: " a"}).status == "passed"
    assert QUIZ.grade({1: None, 2: ..., 3: None}).status == "not attempted"
    assert QUIZ.grade("A-A").status == "passed"  # half of the numbers are enough
    assert QUIZ.grade("---").status == "not attempted"
    assert QUIZ.grade("--A").details[0] == "Right: 3. Left open: 1, 2."
    assert QUIZ.grade("AA").message.startswith("You gave 2 letters and hyphens for 3")
    assert QUIZ.grade({7: "A"}).message.startswith("There is no question 7")
    assert QUIZ.grade("AXA").message.startswith("Question 2: Choose one of A, B")
    assert "**3.** An array?" in QUIZ.choices_markdown()
    assert "- **B** no" in QUIZ.choices_markdown()


# Definitions and files.


def test_the_header():
    assert NUMBER.header_markdown() == "difficulty ●○○ · about 1 minute"
    assert QUIZ.header_markdown() == "difficulty ●○○ · about 10 minutes"


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda: Number(**{**COMMON, "hints": ["one"]}, **PLAIN), "two or three hints"),
        (lambda: Number(**{**COMMON, "difficulty": 4}, **PLAIN), "1, 2 or 3"),
        (
            lambda: Number(**COMMON, **PLAIN, mistakes=[Mistake(1.001, "m")]),
            "would pass",
        ),
        (
            lambda: Choice(
                **COMMON, choices={"A": "", "B": ""}, correct="A", why={"A": ""}
            ),
            "every letter",
        ),
        (
            lambda: Ordering(
                **COMMON, lines=["a", "b"], rules=[Before(1, 0, "m")], why=""
            ),
            "breaks a rule",
        ),
        (
            lambda: Ordering(
                **COMMON, lines=["a", "ab"], rules=[Before("a", 1, "m")], why=""
            ),
            "exactly one line",
        ),
    ],
)
def test_a_wrong_definition_is_refused(make, fragment):
    with pytest.raises(CourseError, match=fragment):
        make()


PLAIN = dict(answer=1.0, worked="w", otherwise="o")


def test_a_missing_file_names_the_nearest(momentum, tmp_path):
    with pytest.raises(CourseError, match="Did you mean momentum"):
        load_exercise(tmp_path / "momentun.py", "week/lesson", "ci")


def test_files_of_one_name_never_clash_and_broken_ones_say_so(momentum, tmp_path):
    (tmp_path / "other").mkdir()
    other = load(tmp_path / "other", "momentum", MOMENTUM.replace("by hand", "twice"))
    assert (momentum.title, other.title) == ("Momentum by hand", "Momentum twice")
    assert momentum.grade(momentum.reference).status == "passed"
    with pytest.raises(CourseError, match="NameError"):
        load(tmp_path, "broken", "exercise = Missing()")
    with pytest.raises(CourseError, match="must define"):
        load(tmp_path, "empty", "")


# What is shown.


def test_panels_escape_and_mark_code():
    panel = boxed("raised", "Raised", "<b>", ("`a < b` and <i>",), "x = '<'")
    html = panel._repr_html_()
    assert ">a &lt; b</code> and &lt;i&gt;" in html
    assert "<b>" not in html
    assert "<script" not in html
    assert repr(panel) == "Raised · <b>\n  `a < b` and <i>\n    x = '<'"


def test_in_ipython_an_error_has_its_own_cell_line(momentum, capsys):
    shell = InteractiveShell.instance()
    try:
        shell.user_ns["ex"] = momentum
        shell.run_cell("first = 1")
        shell.run_cell(
            "def momentum_step(weight, grad, velocity, lr, beta):\n"
            "    values = {}\n"
            "    return values['speed']\n"
        )
        result = shell.run_cell("ex.check(momentum_step)")
    finally:
        InteractiveShell.clear_instance()
    result.raise_error()
    line = momentum._session.outcome.line
    assert (line.number, line.source) == (3, "return values['speed']")
    assert "KeyError: 'speed'" in capsys.readouterr().out
