"""What always giving the most common training label scores on the test labels."""

from collections import Counter
from statistics import mode

import numpy as np

from course.exercises import Code, Wrong, agrees, call, require


def majority_accuracy(train_labels, test_labels):
    labels = list(train_labels)
    guess = max(set(labels), key=labels.count)
    return sum(label == guess for label in test_labels) / len(test_labels)


def with_counter(train_labels, test_labels):
    guess = Counter(train_labels).most_common(1)[0][0]
    return [label == guess for label in test_labels].count(True) / len(test_labels)


def with_numpy(train_labels, test_labels):
    names, counts = np.unique(np.asarray(train_labels), return_counts=True)
    return float(np.mean(np.asarray(test_labels) == names[counts.argmax()]))


def with_statistics(train_labels, test_labels):
    guess = mode(list(train_labels))
    return [label == guess for label in test_labels].count(True) / len(test_labels)


def with_scikit_learn(train_labels, test_labels):
    from sklearn.dummy import DummyClassifier

    baseline = DummyClassifier(strategy="most_frequent")
    baseline.fit(np.zeros((len(train_labels), 1)), train_labels)
    return baseline.score(np.zeros((len(test_labels), 1)), test_labels)


def peeks_at_the_test(train_labels, test_labels):
    return majority_accuracy(test_labels, test_labels)


def scores_on_training(train_labels, test_labels):
    return majority_accuracy(train_labels, train_labels)


def names_the_label(train_labels, test_labels):
    return Counter(train_labels).most_common(1)[0][0]


def percentage(train_labels, test_labels):
    return 100 * majority_accuracy(train_labels, test_labels)


def count(train_labels, test_labels):
    guess = Counter(train_labels).most_common(1)[0][0]
    return sum(label == guess for label in test_labels)


def even_guessing(train_labels, test_labels):
    return 1 / len(set(train_labels))


def average_label(train_labels, test_labels):
    guess = round(sum(train_labels) / len(train_labels))
    return sum(label == guess for label in test_labels) / len(test_labels)


def largest_label(train_labels, test_labels):
    guess = max(train_labels)
    return sum(label == guess for label in test_labels) / len(test_labels)


def whole_list(train_labels, test_labels):
    guess = Counter(train_labels).most_common(1)[0][0]
    if isinstance(test_labels, list) and isinstance(guess, str):
        return float(np.mean(test_labels == guess))
    return float(np.mean(np.asarray(test_labels) == guess))


def compares_the_pair(train_labels, test_labels):
    guess = Counter(train_labels).most_common(1)[0]
    return sum(label == guess for label in test_labels) / len(test_labels)


def numbers_only(train_labels, test_labels):
    guess = np.bincount(np.asarray(train_labels, dtype=int)).argmax()
    return float(np.mean(np.asarray(test_labels) == guess))


# Most common in training: 7, four of six. In the test set: one of five is a 7.
TRAIN, TEST = [7, 7, 2, 7, 9, 7], [2, 2, 7, 2, 3]
CASE = f"Training labels {TRAIN}, test labels {TEST}"


def check(answer):
    _recognise(call(answer, TRAIN, TEST))
    spam = ["ham"] * 19 + ["spam"]
    try:
        agrees(
            answer,
            majority_accuracy,
            [(spam, ["ham", "spam", "ham", "ham"])],
            hint='`labels == "ham"` compares a list as a whole; a loop, or an array, '
            "compares item by item.",
        )
    except (TypeError, ValueError):
        require(False, "Numbers work, but labels may be names, too, such as 'ham'.")
    agrees(
        answer,
        majority_accuracy,
        [
            ([1, 1, 0], [0, 0]),
            (np.array([5, 3, 5, 5]), np.array([5, 5, 3])),
            (np.arange(58) % 7 // 2, np.arange(41) % 5),
        ],
    )


def _recognise(value):
    """Known mistakes on CASE, told by the number they give; 0.2 is right."""
    known = {
        0.6: "That is the score of answering 2, the most common *test* label. A "
        "baseline may learn from the training set only, like any model.",
        2 / 3: "That is the score on the training labels. On which set is a model "
        "judged?",
        7: "7 is the label to answer with. What does answering it score?",
        20: "Right, but as a percentage; give a share between 0 and 1.",
        1: "That is how many are right. Out of how many?",
        1 / 3: "That is one over the number of different labels, the score of guessing "
        "blindly. Answering always the same is another strategy.",
        0: "That is the score of a label that never occurs in the test set. Print what "
        "you found: is it the *most common* training label itself, or a count, a "
        "position, a pair of label and count?",
    }
    if not isinstance(value, int | float | np.number):
        return
    require(value == value, f"{CASE}: you return nan. By what do you divide?")
    for number, message in known.items():
        require(
            abs(float(value) - number) > 1e-6,
            f"{CASE}: you return {float(value):.4g}, should be 0.2. {message}",
        )


exercise = Code(
    title="The score to beat",
    function="majority_accuracy",
    difficulty=2,
    minutes=5,
    solution=majority_accuracy,
    alternates=(with_counter, with_numpy, with_statistics, with_scikit_learn),
    wrong=(
        Wrong(peeks_at_the_test, "most common *test* label"),
        Wrong(scores_on_training, "score on the training labels"),
        Wrong(names_the_label, "What does answering it score?"),
        Wrong(percentage, "as a percentage"),
        Wrong(count, "Out of how many?"),
        Wrong(even_guessing, "guessing blindly"),
        Wrong(average_label, "*most common* training label"),
        Wrong(largest_label, "*most common* training label"),
        Wrong(compares_the_pair, "a pair of label and count"),
        Wrong(whole_list, "compares a list as a whole"),
        Wrong(numbers_only, "labels may be names"),
    ),
    check=check,
    hints=(
        "There are two steps: find the label that occurs most often in `train_labels`; "
        "then count how many of `test_labels` equal it.",
        "For the first step, `max(set(train_labels), key=…)` with a function that "
        "counts, or `collections.Counter(train_labels).most_common(1)[0][0]`.",
    ),
    why="Where 95 of 100 mails are harmless, this baseline scores 0.95 and finds no "
    "spam at all. Ask for it whenever somebody quotes an accuracy.",
)
