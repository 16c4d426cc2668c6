"""Which augmentation keeps the labels of traffic signs true."""

from course.exercises import Choice

exercise = Choice(
    title="What may change in a sign",
    difficulty=1,
    minutes=2,
    choices={
        "A": "mirror left to right, as with CIFAR-10's horses and ships",
        "B": "turn upside down in half of the cases, for more variety",
        "C": "brightness and small shifts",
        "D": "exchange the red and the blue channel at random",
    },
    correct="C",
    why={
        "A": "Mirrored, an arrow to the left becomes an arrow to the right and keeps "
        "its old label; the digits of a speed limit turn into no digits at all. For "
        "which classes of CIFAR-10 is that different, and why?",
        "B": "More variety helps only if the label stays true, and if such a picture "
        "can come up in use. What does an arrow that points up-left show when it is "
        "turned upside down, and where would a camera see it so?",
        "C": "Light changes with the hour, and signs appear anywhere in a frame: both "
        "changes make pictures that a camera could have taken, and neither makes one "
        "sign into another.",
        "D": "A sign's colour is part of its meaning: a red rim forbids, a blue disc "
        "commands. What would the exchange make of the two?",
    },
    hints=(
        "Take each change and ask: could this picture, with this label, have come from "
        "the camera?",
        "Left and right, up and down, and colour all carry meaning on a sign. What "
        "carries none?",
    ),
)
