"""Ten questions that say which of the lessons 01 to 03 to take."""

from course.exercises import Question, Quiz

ARRAYS = "Arrays and tables"
SLOPES = "Slopes and vectors"
CHANCE = "Chance and logarithms"

exercise = Quiz(
    title="Where to start",
    difficulty=1,
    minutes=5,
    pass_mark=2 / 3,
    topics={
        ARRAYS: "Take lesson 01, arrays and tables. Until it is there: NumPy's guide "
        "for absolute beginners, https://numpy.org/doc/stable/user/"
        "absolute_beginners.html, and the same for tables, https://pandas.pydata.org/docs/"
        "user_guide/10min.html.",
        SLOPES: "Take lesson 02, slopes and vectors. Until it is there: on "
        "https://www.3blue1brown.com, “Essence of linear algebra”, chapters 1 and 9, "
        "and “Essence of calculus”, chapters 1 to 4.",
        CHANCE: "Take lesson 03, chance and logarithms. Until it is there: "
        "https://seeing-theory.brown.edu, chapters 1, 2 and 4, where you can play with "
        "each idea; for logarithms, the page of rules in any school book.",
    },
    questions=(
        Question(
            "`a` has shape (3, 4). What is the shape of `a.sum(axis=0)`?",
            {"A": "(3,)", "B": "(4,)", "C": "(1, 4)", "D": "(), a single number"},
            "B",
            ARRAYS,
            "axis 0 is the one that disappears; the 4 is left.",
        ),
        Question(
            "`a` has shape (5, 1) and `b` has shape (3,). What shape has `a + b`?",
            {"A": "none: it is an error", "B": "(5, 1)", "C": "(5, 3)", "D": "(8,)"},
            "C",
            ARRAYS,
            "an axis of length 1 is stretched: (5, 1) and (1, 3) give (5, 3).",
        ),
        Question(
            "`a = np.array([1, 2, 3]); b = a[:2]; b[0] = 9`. What is `a` now?",
            {"A": "[9, 2, 3]", "B": "[1, 2, 3]", "C": "[9, 2]", "D": "[1, 9, 3]"},
            "A",
            ARRAYS,
            "a slice is a view: `b` shares its numbers with `a`.",
        ),
        Question(
            "A table has the columns `city` and `rent`, one row for each of 500 flats "
            'in 12 cities. How many values has `table.groupby("city")["rent"].mean()`?',
            {"A": "1", "B": "24", "C": "500", "D": "12"},
            "D",
            ARRAYS,
            "one mean for each group, and the cities are the groups.",
        ),
        Question(
            "At w = 2 the slope of a loss in w is −3. You raise w a little. The loss",
            {
                "A": "rises",
                "B": "falls",
                "C": "stays the same",
                "D": "does something that the slope cannot tell",
            },
            "B",
            SLOPES,
            "a negative slope means that the loss falls as w rises.",
        ),
        Question(
            "y = (3x + 1)². What is the slope dy/dx at x = 1?",
            {"A": "8", "B": "16", "C": "24", "D": "48"},
            "C",
            SLOPES,
            "2 · (3x + 1) · 3 at x = 1 is 2 · 4 · 3: the inner slope counts, too.",
        ),
        Question(
            "What is the dot product of (1, 2, −1) and (3, 0, 2)?",
            {"A": "1", "B": "5", "C": "7", "D": "(3, 0, −2)"},
            "A",
            SLOPES,
            "1 · 3 + 2 · 0 + (−1) · 2 = 1.",
        ),
        Question(
            "An average over 100 measurements is uncertain by 0.2. How many "
            "measurements make that 0.1?",
            {"A": "142", "B": "200", "C": "1,000", "D": "400"},
            "D",
            CHANCE,
            "uncertainty shrinks with the root of the number: half takes four times "
            "as many.",
        ),
        Question(
            "ln(a · b) equals",
            {
                "A": "ln(a) · ln(b)",
                "B": "ln(a) + ln(b)",
                "C": "ln(a + b)",
                "D": "b · ln(a)",
            },
            "B",
            CHANCE,
            "logarithms turn products into sums.",
        ),
        Question(
            "One mail in 100 is spam. A filter flags 90 % of the spam, and 9 % of the "
            "other mails by mistake. Of the mails it flags, about how many are spam?",
            {"A": "90 %", "B": "81 %", "C": "50 %", "D": "9 %"},
            "D",
            CHANCE,
            "of 1,000 mails 10 are spam; 9 of them are flagged, and 89 others.",
        ),
    ),
)
