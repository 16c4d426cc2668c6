"""Put the five lines of a training loop into an order that trains."""

from course.exercises import Before, NotBetween, Ordering

exercise = Ordering(
    title="The order of the loop",
    difficulty=1,
    minutes=3,
    lines=(
        "batch = next(supply)",
        "loss = F.cross_entropy(model(x[batch]), y[batch])",
        "optimizer.zero_grad()",
        "loss.backward()",
        "optimizer.step()",
    ),
    rules=(
        Before(
            "next(supply)",
            "cross_entropy",
            "The line that computes the loss uses `batch`, which does not exist yet "
            "in your order. Where do the examples come from?",
        ),
        Before(
            "cross_entropy",
            "backward",
            "`loss.backward()` stands before the line that makes `loss`. What is there "
            "to back-propagate?",
        ),
        NotBetween(
            "zero_grad",
            "backward",
            "step",
            "You reset the gradients after `backward()` has filled them, so the step "
            "finds none. Which gradients is the reset meant for?",
        ),
        Before(
            "backward",
            "step",
            "`step()` moves the weights against `w.grad`, but in your order "
            "`backward()` has not filled it for this batch yet.",
        ),
    ),
    why="The reset may come anywhere before `backward()`, or after `step()`, ready for "
    "the next round. Everything else is fixed by what each line needs.",
    hints=(
        "Ask of each line: what does it need that another line makes?",
        "`step()` needs the gradients, `backward()` makes them and needs the loss; the "
        "reset must not come between those two.",
    ),
)
