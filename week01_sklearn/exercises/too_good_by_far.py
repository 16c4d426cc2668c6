"""A test error that is too small to be true."""

from course.exercises import Choice

exercise = Choice(
    title="Too good by far",
    difficulty=2,
    minutes=3,
    choices={
        "A": "Good work: one strong column has done what many weak ones could not do",
        "B": "With so many columns the model has learnt its districts by heart",
        "C": "The tax is worked out from the value: where the value is unknown, so is "
        "the tax",
        "D": "His error is small since nearly all house values are small in the test "
        "set",
    },
    correct="C",
    why={
        "A": "It is strong, and why? Imagine a district whose value nobody knows: he "
        "wants the model for those. What stands in its column `tax`?",
        "B": "Then the error would be small on the training set and large on the test "
        "set. He reports the test set.",
        "C": "The column holds the answer, in another unit. A test set cannot show "
        "that, for the answer stands in it as well. Ask of each column whether it "
        "will be there, with this value, at the moment the prediction is needed.",
        "D": "The split was random, so values in the test set are like those in the "
        "training set; and on values like these our own RMSE is 70 thousand.",
    },
    hints=(
        "Multiply the tax by 100. What do you get?",
        "When will the model be used, and which columns are known at that moment?",
    ),
)
