"""Mirror each picture of a mini-batch, or leave it, at random."""

import torch

from course.exercises import Code, Wrong, call, require

COUNT = 400


def random_flip(x):
    flipped = torch.rand(len(x), device=x.device) < 0.5
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(3), x)


def by_index(x):
    result = x.clone()
    chosen = torch.randperm(len(x))[: len(x) // 2]
    result[chosen] = x[chosen].flip(-1)
    return result


def by_loop(x):
    return torch.stack([p.flip(2) if torch.rand(()) < 0.5 else p for p in x])


def with_torchvision(x):
    from torchvision.transforms import v2

    flip = v2.RandomHorizontalFlip(0.5)
    return torch.cat([flip(x[i : i + 1]) for i in range(len(x))])


def all_or_none(x):
    return x.flip(3) if torch.rand(()) < 0.5 else x


def all_of_them(x):
    return x.flip(3)


def upside_down(x):
    flipped = torch.rand(len(x)) < 0.5
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(2), x)


def reverses_the_batch(x):
    flipped = torch.rand(len(x)) < 0.5
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(0), x)


def swaps_the_colours(x):
    flipped = torch.rand(len(x)) < 0.5
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(1), x)


def turns_around(x):
    flipped = torch.rand(len(x)) < 0.5
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(2, 3), x)


def each_pixel(x):
    return torch.where(torch.rand(x.shape) < 0.5, x.flip(3), x)


def each_channel(x):
    flipped = torch.rand(x.shape[:2]) < 0.5
    return torch.where(flipped[:, :, None, None], x.flip(3), x)


def each_column(x):
    flipped = torch.rand(x.shape[3]) < 0.5
    return torch.where(flipped, x.flip(3), x)


def in_place(x):
    flipped = torch.rand(len(x)) < 0.5
    x[flipped] = x[flipped].flip(3)
    return x


def too_seldom(x):
    flipped = torch.rand(len(x)) < 0.1
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(3), x)


def always_the_same(x):
    flipped = torch.arange(len(x)) % 2 == 0
    return torch.where(flipped.view(-1, 1, 1, 1), x.flip(3), x)


def only_the_flipped(x):
    flipped = torch.rand(len(x)) < 0.5
    return x[flipped].flip(3)


def no_change(x):
    return x


def check(answer):
    torch.manual_seed(11)
    one = torch.arange(12.0).view(1, 3, 2, 2)
    _one_picture(answer, one)
    x = torch.rand(COUNT, 3, 4, 6)
    first, second = call(answer, x), call(answer, x)
    _shape(first, x)
    mirrored = _kinds(first, x)
    share = mirrored.float().mean().item()
    require(
        share not in (0.0, 1.0),
        f"Of {COUNT} pictures you mirrored {'all' if share else 'none'}. Each shall be "
        "mirrored or left for itself: how many random numbers does that take?",
    )
    require(
        0.38 < share < 0.62,
        f"Of {COUNT} pictures you mirrored {share:.0%}; with even chances it should be "
        "about 50 %.",
    )
    require(
        bool((_kinds(second, x) != mirrored).any()),
        "Called twice on the same pictures, your function mirrored the same ones both "
        "times. It shall draw anew at each call.",
    )


def _shape(value, x):
    require(
        torch.is_tensor(value),
        f"Return a tensor; you return {type(value).__name__}.",
    )
    require(
        value.shape == x.shape and value.dtype == x.dtype,
        f"For pictures of shape {tuple(x.shape)} you return shape "
        f"{tuple(value.shape)}: every picture comes back, mirrored or not, and as the "
        "same kind of numbers.",
    )


def _one_picture(answer, one):
    """Twenty calls on a picture whose top row of reds is 0, 1."""
    right = {"as it was": one, "mirrored": one.flip(3)}
    wrong = {
        "turned upside down. Which axis of (N, channel, row, column) runs from left to "
        "right?": one.flip(2),
        "with red and blue exchanged. Which axis runs from left to right?": one.flip(1),
        "turned around, top and bottom exchanged as well.": one.flip(2, 3),
    }
    for _ in range(20):
        value = call(answer, one)
        if torch.is_tensor(value) and len(value) == 0:
            value = call(answer, torch.rand(6, 3, 2, 2))
            _shape(value, torch.rand(6, 3, 2, 2))
            require(
                False,
                "A picture that is not mirrored got lost: it comes back as it was.",
            )
        _shape(value, one)
        if any(torch.equal(value, picture) for picture in right.values()):
            continue
        for told, picture in wrong.items():
            require(
                not torch.equal(value, picture),
                f"A picture came back {told}",
            )
        require(
            False,
            f"The red grid [[0, 1], [2, 3]] of one picture became "
            f"{value[0, 0].int().tolist()}: it should stay or become [[1, 0], [3, 2]], "
            "and green and blue do the same. One draw decides for a whole picture.",
        )


def _kinds(value, x):
    """Whether each picture came back mirrored. Raises NotYet if it is neither."""
    mirrored = (value == x.flip(3)).flatten(1).all(dim=1)
    kept = (value == x).flatten(1).all(dim=1)
    lost = ~(mirrored | kept)
    if lost.any():
        place = int(lost.nonzero()[0])
        other = (value[place] == x).flatten(1).all(dim=1)
        require(
            not other.any(),
            f"At place {place} stands another picture of the mini-batch. Its label "
            "stays behind at the old place: which axis did you reverse?",
        )
        require(
            False,
            f"In {int(lost.sum())} of {COUNT} pictures parts are mirrored and parts "
            "are not. One draw decides for a whole picture: what shape must the mask "
            "have?",
        )
    return mirrored


exercise = Code(
    title="Each picture for itself",
    function="random_flip",
    difficulty=2,
    minutes=5,
    solution=random_flip,
    alternates=(by_index, by_loop, with_torchvision),
    wrong=(
        Wrong(all_or_none, "how many random numbers"),
        Wrong(all_of_them, "you mirrored all"),
        Wrong(no_change, "you mirrored none"),
        Wrong(upside_down, "turned upside down"),
        Wrong(reverses_the_batch, "another picture of the mini-batch"),
        Wrong(swaps_the_colours, "red and blue exchanged"),
        Wrong(turns_around, "turned around"),
        Wrong(each_pixel, "One draw decides for a whole picture"),
        Wrong(each_channel, "One draw decides for a whole picture"),
        Wrong(each_column, "One draw decides for a whole picture"),
        Wrong(in_place, "changed its argument `x` in place"),
        Wrong(too_seldom, "should be about 50 %"),
        Wrong(always_the_same, "draw anew at each call"),
        Wrong(only_the_flipped, "every picture comes back"),
    ),
    check=check,
    hints=(
        "Draw one truth value for each picture: N of them, not one, and not one for "
        "each pixel.",
        "A mask of shape (N,) would be lined up with the last axis, the columns. "
        "`.view(-1, 1, 1, 1)` lines it up with the pictures.",
    ),
    why="Half of the pictures, others each time, and every label still true.",
)
