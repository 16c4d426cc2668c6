"""concepts.toml: complete, and refused with file and line where it is not."""

import pytest

from course.concepts import concepts
from course.errors import CourseError


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('zh = "平均數"\n', "", "line 1: 'mean' needs a text for 'zh'"),
        ('name = "mean"', 'nam = "mean"', "line 2: unknown key 'nam'; did you mean"),
        ('name = "mean"', 'name = " "', "'mean' needs a text for 'name'"),
        ('name = "mean"', 'name = "mean"\nalso = "average"', "is a list of texts"),
        ('"3", "1", "7"', '"3", "1"', "needs 3 different choices"),
        ('"3", "1", "7"', '"3", "1", "3"', "needs 3 different choices"),
        ('"3", "1", "7"', '"3", "1", ""', "has an empty text"),
        ('"3", "1", "7"', '"3", "1", 7', "has an empty text"),
        ('choices = ["3", "1", "7"]', "choices = 3", "needs 3 different choices"),
        ('why = "The sum is 9, and 9 / 3 = 3."\n', "", "the keys ask, choices and why"),
    ],
)
def test_a_mistake_is_refused(tiny_course, old, new, says):
    path = tiny_course.root / "concepts.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    concepts.cache_clear()
    with pytest.raises(CourseError) as refused:
        concepts()
    assert says in str(refused.value) and "concepts.toml, line" in str(refused.value)


def test_one_question_is_not_enough(tiny_course):
    path = tiny_course.root / "concepts.toml"
    first, second, _ = path.read_text(encoding="utf-8").split("[[mean.questions]]")
    path.write_text(f"{first}[[mean.questions]]{second}", encoding="utf-8")
    concepts.cache_clear()
    with pytest.raises(CourseError, match="at least 2 recall questions"):
        concepts()


def test_the_longest_choice_is_seldom_the_right_one():
    """A learner who always takes the longest choice must not do well by it."""
    questions = [q for item in concepts().values() for q in item.questions]
    longest = [max(q.choices, key=len) == q.choices[0] for q in questions]
    assert sum(longest) <= 0.5 * len(questions)


def test_definitions_are_one_sentence():
    for concept in concepts().values():
        assert concept.definition.count(". ") == 0, concept.key
        assert concept.definition.endswith("."), concept.key
        assert concept.definition_zh.endswith("。"), concept.key


def test_no_two_concepts_share_a_name():
    names = [name.lower() for c in concepts().values() for name in (c.name, *c.also)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("text", ["Adam", "adam's", "all the Adams"])
def test_a_term_is_found_in_prose(text):
    assert concepts()["adam"].pattern.search(text)


@pytest.mark.parametrize(
    ("key", "text"),
    [("adam", "adamant"), ("mini-batch", "mini batches"), ("label", "labelled")],
)
def test_a_term_is_a_whole_word(key, text):
    assert bool(concepts()[key].pattern.search(text)) == (key == "mini-batch")
