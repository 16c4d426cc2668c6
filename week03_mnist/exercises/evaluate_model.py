"""Judge a model on a whole data set, piece by piece."""

import torch
from torch import nn
from torch.nn import functional as F

from course.exercises import Code, Wrong, require


def evaluate(model, x, y, batch_size=1000):
    was_training = model.training
    model.eval()
    total, right = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(x), batch_size):
            logits = model(x[start : start + batch_size])
            target = y[start : start + batch_size]
            total += F.cross_entropy(logits, target, reduction="sum").item()
            right += (logits.argmax(dim=1) == target).sum().item()
    model.train(was_training)
    return total / len(x), right / len(x)


def weighted_pieces(model, x, y, batch_size=1000):
    mode = model.training
    model.train(False)
    losses, hits = [], []
    for xs, ys in zip(x.split(batch_size), y.split(batch_size), strict=True):
        with torch.no_grad():
            logits = model(xs)
        losses.append(float(F.cross_entropy(logits, ys)) * len(xs))
        hits += (logits.argmax(1) == ys).tolist()
    model.train(mode)
    return sum(losses) / len(x), sum(hits) / len(hits)


@torch.no_grad()
def gather_first(model, x, y, batch_size=1000):
    mode = model.training
    model.eval()
    logits = torch.cat([model(piece) for piece in x.split(batch_size)])
    model.train(mode)
    return F.cross_entropy(logits, y).item(), (
        logits.argmax(1) == y
    ).double().mean().item()


def mean_of_means(model, x, y, batch_size=1000):
    mode = model.training
    model.eval()
    losses, shares = [], []
    with torch.no_grad():
        for xs, ys in zip(x.split(batch_size), y.split(batch_size), strict=True):
            logits = model(xs)
            losses.append(F.cross_entropy(logits, ys).item())
            shares.append((logits.argmax(1) == ys).float().mean().item())
    model.train(mode)
    return sum(losses) / len(losses), sum(shares) / len(shares)


def adds_means(model, x, y, batch_size=1000):
    loss, accuracy = mean_of_means(model, x, y, batch_size)
    return loss * -(-len(x) // batch_size) / len(x), accuracy


def softmax_twice(model, x, y, batch_size=1000):
    def probabilities(piece):
        return F.softmax(model(piece), dim=1)

    mode = model.training
    model.eval()
    with torch.no_grad():
        logits = torch.cat([probabilities(piece) for piece in x.split(batch_size)])
    model.train(mode)
    return F.cross_entropy(logits, y).item(), evaluate(model, x, y, batch_size)[1]


def adds_shares(model, x, y, batch_size=1000):
    loss, accuracy = evaluate(model, x, y, batch_size)
    return loss, accuracy / len(x)


def forgets_eval(model, x, y, batch_size=1000):
    with torch.no_grad():
        logits = model(x)
    return F.cross_entropy(logits, y).item(), (
        logits.argmax(1) == y
    ).float().mean().item()


def stays_in_eval(model, x, y, batch_size=1000):
    result = evaluate(model, x, y, batch_size)
    model.eval()
    return result


def in_percent(model, x, y, batch_size=1000):
    loss, accuracy = evaluate(model, x, y, batch_size)
    return loss, 100 * accuracy


def counts(model, x, y, batch_size=1000):
    loss, accuracy = evaluate(model, x, y, batch_size)
    return loss, accuracy * len(x)


def keeps_the_graph(model, x, y, batch_size=1000):
    mode = model.training
    model.eval()
    logits = model(x)
    model.train(mode)
    return F.cross_entropy(logits, y), (logits.argmax(1) == y).float().mean().item()


def all_at_once(model, x, y, batch_size=1000):
    return evaluate(model, x, y, len(x))


class Watched(nn.Module):
    """A fixed classifier that notes how it is called."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.weight = nn.Parameter(torch.randn(4, 3, generator=generator))
        self.dropout = nn.Dropout(0.5)
        self.largest, self.recorded, self.trained = 0, False, False

    def forward(self, x):
        self.largest = max(self.largest, len(x))
        self.recorded |= torch.is_grad_enabled()
        self.trained |= self.training
        return self.dropout(x @ self.weight)


def check(answer):
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(7, 4, generator=generator)
    y = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    for mode, batch_size in ((False, 7), (True, 3), (False, 2)):
        model = Watched().train(mode)
        case = f"For 7 examples in pieces of {batch_size}"
        given = answer(model, x, y, batch_size)
        require(
            isinstance(given, tuple) and len(given) == 2,
            f"Return two numbers, `return loss, accuracy`; you return {given!r}.",
        )
        require(
            not model.trained,
            f"{case}, the model ran in training mode, so its dropout was active and "
            "the score is a game of dice. Which call switches to the mode for use?",
        )
        require(
            all(isinstance(value, float | int) for value in given),
            f"{case} you return {type(given[0]).__name__} and "
            f"{type(given[1]).__name__}. Turn each into a plain number with `.item()`.",
        )
        require(
            not model.recorded,
            f"{case}, PyTorch was recording for `backward()` while you judged. What "
            "keeps it from doing so?",
        )
        require(
            model.training is mode,
            f"{case}, the model came in {_name(mode)} mode and went out in "
            f"{_name(not mode)} mode. Whoever uses it next counts on the mode that it "
            "had.",
        )
        require(
            model.largest <= batch_size,
            f"{case}, your function gave the model {model.largest} examples at once. "
            "A large set would not fit into memory.",
        )
        _compare(case, given, evaluate(model, x, y, batch_size), len(x), batch_size)


def _compare(case, given, expected, n, batch_size):
    (loss, accuracy), (true_loss, true_accuracy) = given, expected
    require(
        abs(accuracy - 100 * true_accuracy) > 1e-3,
        f"{case} you return an accuracy of {accuracy:.4g}, should be "
        f"{true_accuracy:.4g}: a share between 0 and 1, not a percentage.",
    )
    require(
        accuracy <= 1,
        f"{case} you return an accuracy of {accuracy:.4g}, should be "
        f"{true_accuracy:.4g}. You counted the right answers: out of how many?",
    )
    require(
        batch_size < n or abs(n * loss - true_loss) > 1e-4,
        f"{case} you return a loss of {loss:.4f}, should be {true_loss:.4f}, which is "
        f"{n} times as much. `F.cross_entropy` gives the *mean* of a piece: what makes "
        "a sum over its examples of that?",
    )
    if batch_size >= n:
        same_size = "There is one piece here, so its size is not the matter."
        require(
            abs(loss - true_loss) < 1e-4,
            f"{case} you return a loss of {loss:.4f}, should be {true_loss:.4f}. "
            f"{same_size} Is it a sum over the examples that you add, from logits as "
            "the model gives them?",
        )
        require(
            abs(accuracy - true_accuracy) < 1e-4,
            f"{case} you return an accuracy of {accuracy:.4f}, should be "
            f"{true_accuracy:.4f}. {same_size} Is it the *number* of right answers "
            "that you add?",
        )
    last = (
        "The last piece has fewer examples than the others. How much should it count?"
    )
    require(
        abs(loss - true_loss) < 1e-4,
        f"{case} you return a loss of {loss:.4f}, should be {true_loss:.4f}. {last}",
    )
    require(
        abs(accuracy - true_accuracy) < 1e-4,
        f"{case} you return an accuracy of {accuracy:.4f}, should be "
        f"{true_accuracy:.4f}. {last}",
    )


def _name(training):
    return "training" if training else "evaluation"


exercise = Code(
    title="A judge for the loop",
    function="evaluate",
    difficulty=2,
    minutes=6,
    solution=evaluate,
    alternates=(weighted_pieces, gather_first),
    wrong=(
        Wrong(mean_of_means, "last piece has fewer examples"),
        Wrong(adds_means, "gives the *mean* of a piece"),
        Wrong(softmax_twice, "logits as the model gives them"),
        Wrong(adds_shares, "the *number* of right answers"),
        Wrong(forgets_eval, "ran in training mode"),
        Wrong(stays_in_eval, "went out in evaluation mode"),
        Wrong(in_percent, "not a percentage"),
        Wrong(counts, "out of how many"),
        Wrong(keeps_the_graph, "`.item()`"),
        Wrong(all_at_once, "7 examples at once"),
    ),
    check=check,
    hints=(
        "Four lines do: logits inside `with torch.no_grad():`, the loss of the piece, "
        "and an addition to each of the two sums.",
        "The loss is a mean: times the number of examples in the piece it is a sum. "
        "`(logits.argmax(dim=1) == y[piece]).sum()` counts the right answers.",
    ),
    why="Every example counts once, however the pieces fall, and the model is left as "
    "it was found.",
)
