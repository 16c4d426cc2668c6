"""Recall: what is due when, what a warm-up asks, how answers are read and kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import concepts, contract, recall, syllabus
from course.exercises import progress
from course.recall import schedule
from course.recall.round import Round
from course.recall.schedule import INTERVALS, Answer, due, due_on, pick

START = date(2026, 11, 2)


def day(number):
    return START + timedelta(days=number)


@pytest.mark.parametrize(
    ("answers", "due_after"),
    [
        ([], 1),
        ([(1, True)], 1 + 3),
        ([(1, True), (4, True)], 4 + 7),
        ([(1, True), (4, True), (11, True)], 11 + 21),
        ([(1, True), (4, True), (11, True), (32, True)], 32 + 21),
        ([(1, True), (4, False)], 4 + 1),
        ([(1, True), (4, False), (5, True)], 5 + 3),
        ([(1, False), (1, True)], 1 + 1),  # the first answer of a day counts
    ],
)
def test_the_intervals(answers, due_after):
    given = [Answer("mean", right, day(number)) for number, right in answers]
    assert due_on(START, given) == day(due_after)


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=30))
def test_a_concept_always_comes_back_after_its_last_answer(pairs):
    given = [Answer("mean", right, day(number)) for number, right in sorted(pairs)]
    waiting = due_on(START, given) - max([a.day for a in given], default=START)
    assert waiting.days in INTERVALS


def test_the_longest_overdue_comes_first():
    learnt = {"a": day(0), "b": day(0), "c": day(5)}
    answers = [Answer("a", True, day(1))]
    assert due(learnt, answers, day(3)) == ["b"]
    assert due(learnt, answers, day(6)) == ["b", "a", "c"]


def test_a_pick_prefers_takes_none_twice_and_never_depends_on_chance():
    pools = [["a", "b", "c"], ["a", "b", "c"], ["b"]]
    picked = pick(pools, {"c"}, "lesson")
    assert picked[0] == "c" and len(set(picked)) == len(picked)
    assert picked == pick(pools, {"c"}, "lesson")
    others = {tuple(pick(pools, set(), str(salt))) for salt in range(20)}
    assert len(others) > 1  # another lesson, another choice


def a_round(count=3):
    known = list(concepts.concepts().values())[:count]
    return Round("Warm-up", tuple((item, item.questions[0]) for item in known))


def right_letters(asked):
    return "".join(question.right for _, question in asked.asked)


def test_letters_are_graded_each_with_its_reason():
    asked = a_round()
    letters = right_letters(asked)
    wrong = next(letter for letter in "ABC" if letter != letters[1])
    answers = f"{letters[0]}{wrong}-".lower()
    assert asked.grade(answers) == ([True, False, None], "")
    text = asked.shown(answers).text
    assert "1 of 2 right." in text
    assert asked.asked[0][1].why in text and asked.asked[1][1].why in text
    assert asked.asked[2][1].why not in text


@pytest.mark.parametrize("answers", ["", "---", " - - - "])
def test_open_questions_show_their_choices(answers):
    asked = a_round()
    assert asked.grade(answers) == ([None] * 3, "")
    text = asked.shown(answers).text
    assert "Answer with a letter each" in text
    for _, question in asked.asked:
        assert all(choice in text for choice in question.choices)
        assert question.why not in text


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("AB", "You gave 2 letters and hyphens for 3 questions"),
        ("ABX", "X is no choice: answer with A, B or C."),
        (123, "letters in quotes"),
        (["A", "B", "C"], "letters in quotes"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(answers, says):
    asked = a_round()
    assert asked.grade(answers)[0] == [None] * 3
    assert says in asked.shown(answers).text


@given(st.one_of(st.text(), st.integers(), st.none()))
def test_no_answer_raises(answers):
    a_round().shown(answers)


def test_choices_are_shuffled_and_always_alike():
    questions = [q for item in concepts.concepts().values() for q in item.questions]
    places = {question.right for question in questions}
    assert places == {"A", "B", "C"}
    for question in questions:
        assert question.shuffled() == question.shuffled()
        assert question.shuffled()[question.right] == question.choices[0]


# With the two lessons of the tiny course: 01_means teaches `mean`, 02_more uses it.


def test_a_first_lesson_asks_nothing(tiny_course):
    lesson = contract.find("week90_test/01_means")
    assert recall.warm_up(lesson, recorded=False).asked == ()


def test_a_later_lesson_asks_about_the_one_before(tiny_course):
    lesson = contract.find("week90_test/02_more")
    asked = recall.warm_up(lesson, recorded=False)
    assert [concept.key for concept, _ in asked.asked] == ["mean"]
    assert progress.rows("warm-up") == []  # a run of the tests records nothing


def test_a_choice_is_kept_so_that_answers_go_on_belonging_to_it(tiny_course):
    lesson = contract.find("week90_test/02_more")
    first = recall.warm_up(lesson, recorded=True)
    recall.note(first, right_letters(first), lesson.id, "cpu")
    assert recall.warm_up(lesson, recorded=True) == first
    assert [row[2:4] for row in progress.rows("recall")] == [("mean:0", "passed")]
    assert progress.table() == {}  # no exercise was answered


def test_a_kept_choice_of_another_version_is_made_anew(tiny_course):
    lesson = contract.find("week90_test/02_more")
    progress.record(lesson.id, "asked", "warm-up", "asked", "mean:9 gone:0", "")
    asked = recall.warm_up(lesson, recorded=True)
    assert [concept.key for concept, _ in asked.asked] == ["mean"]


def test_nothing_to_review_before_a_lesson_is_finished(tiny_course, capsys):
    recall.in_terminal()
    assert "nothing to review yet" in capsys.readouterr().out


def later(monkeypatch, days):
    """Let `date.today()` be some days after now, as the review sees it."""

    class Later(date):
        @classmethod
        def today(cls):
            return date.today() + timedelta(days=days)

    monkeypatch.setattr(recall, "date", Later)


def test_a_review_in_the_terminal(tiny_course, monkeypatch, capsys):
    recall.finished("week90_test/01_means", "cpu")
    recall.in_terminal()
    assert "Nothing is due today. The next question comes on" in capsys.readouterr().out
    later(monkeypatch, 1)
    right = concepts.concepts()["mean"].questions[0].right
    given = iter(["x", right.lower()])
    recall.in_terminal(read=lambda prompt: next(given))
    out = capsys.readouterr().out
    assert "Answer with A, B, C, or Enter" in out and "1 of 1 right." in out
    assert [row[3] for row in progress.rows("recall")] == ["passed"]


def test_a_review_that_is_stopped_keeps_what_was_answered(
    tiny_course, monkeypatch, capsys
):
    recall.finished("week90_test/01_means", "cpu")
    later(monkeypatch, 1)

    def stopped(prompt):
        raise EOFError

    recall.in_terminal(read=stopped)
    assert "0 of 0 right." in capsys.readouterr().out
    assert progress.rows("recall") == []


def test_a_review_in_a_notebook(tiny_course, monkeypatch, capsys):
    recall.finished("week90_test/01_means", "cpu")
    later(monkeypatch, 1)
    recall.review()
    assert "Review · Answer with a letter each" in capsys.readouterr().out
    recall.review(concepts.concepts()["mean"].questions[0].right)
    assert "1 of 1 right." in capsys.readouterr().out
    assert len(progress.rows("recall")) == 1


def test_a_lesson_is_finished_once(tiny_course):
    recall.finished("week90_test/01_means", "cpu")
    recall.finished("week90_test/01_means", "cpu")
    assert len(progress.rows("lesson")) == 1


def test_within_two_months_everything_taught_has_come_back():
    """A learner finishes the written lessons and reviews ten questions every day."""
    taught = syllabus.taught_in()
    written = contract.contracts()
    learnt = {key: START for key, lesson in taught.items() if lesson.id in written}
    answers, asked = [], {key: [] for key in learnt}
    for number in range(60):
        for place, key in enumerate(due(learnt, answers, day(number))[: recall.ROUND]):
            right = (number + place) % 4 != 0  # one in four is wrong
            answers.append(Answer(key, right, day(number)))
            asked[key].append(number)
    assert min(map(len, asked.values())) >= 3
    assert schedule.due(learnt, answers, day(60)) != list(learnt)  # it calms down
