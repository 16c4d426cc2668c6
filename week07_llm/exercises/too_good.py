"""A quantized model that is exactly as good as before, and as large."""

from course.exercises import Choice

exercise = Choice(
    title="The same to five digits",
    difficulty=2,
    minutes=3,
    choices={
        "A": "Good news: large models lose nothing at four bits",
        "B": "Nothing was quantized: the option had no effect",
        "C": "The library's figure leaves out the scales, so nothing is known",
        "D": "The weights are in four bits, and the arithmetic in 16 hides the loss",
    },
    correct="B",
    why={
        "A": "They lose little, but not nothing: billions of weights have moved by "
        "several percent each. Could 6.2413 come out again to the last digit?",
        "B": "Rounding every weight changes *some* digit, and four bits of eight "
        "billion weights are 4 to 6 GB with an unrounded embedding. 16.1 GB is the "
        "unrounded model. An option that was misspelt, or not passed on, is silent.",
        "C": "It leaves the scales out, so the true size is *larger* than the figure: "
        "half a bit for each weight, half a GB here. Does that explain 16 GB?",
        "D": "The arithmetic uses what comes back from the four bits, and that is not "
        "the weight that went in. What would the size be?",
    },
    hints=(
        "What would the size of the weights be at 4.5 bits? And at 16?",
        "Does any rounding in this lesson leave the perplexity at exactly its old "
        "value?",
    ),
)
