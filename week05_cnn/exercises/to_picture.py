"""From a normalized tensor back to a picture."""

import torch

from course.exercises import Code, Wrong, call, require

MEAN, STD = (0.5, 0.4, 0.3), (0.25, 0.2, 0.1)


def to_picture(x, mean, std):
    mean = torch.as_tensor(mean, dtype=x.dtype).view(3, 1, 1)
    std = torch.as_tensor(std, dtype=x.dtype).view(3, 1, 1)
    values = (x * std + mean) * 255
    return values.round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)


def by_channel(x, mean, std):
    grids = [x[c] * float(std[c]) + float(mean[c]) for c in range(3)]
    stacked = torch.stack(grids, dim=2)
    return (255 * stacked + 0.5).floor().clip(0, 255).byte()


def axes_first(x, mean, std):
    pixels = x.movedim(0, -1).double()
    pixels = pixels * torch.as_tensor(std).double() + torch.as_tensor(mean).double()
    return torch.clamp(torch.round(pixels * 255), min=0, max=255).to(torch.uint8)


def _undone(x, mean, std):
    mean = torch.as_tensor(mean, dtype=x.dtype).view(3, 1, 1)
    return x * torch.as_tensor(std, dtype=x.dtype).view(3, 1, 1) + mean


def reshapes(x, mean, std):
    values = (_undone(x, mean, std) * 255).round().clamp(0, 255).to(torch.uint8)
    return values.reshape(x.shape[1], x.shape[2], 3)


def never_rounds(x, mean, std):
    values = (_undone(x, mean, std) * 255).clamp(0, 255).to(torch.uint8)
    return values.permute(1, 2, 0)


def never_clamps(x, mean, std):
    values = (_undone(x, mean, std) * 255).round().to(torch.int64).to(torch.uint8)
    return values.permute(1, 2, 0)


def never_scales(x, mean, std):
    values = _undone(x, mean, std).round().clamp(0, 255).to(torch.uint8)
    return values.permute(1, 2, 0)


def wrong_order(x, mean, std):
    mean = torch.as_tensor(mean, dtype=x.dtype).view(3, 1, 1)
    std = torch.as_tensor(std, dtype=x.dtype).view(3, 1, 1)
    values = ((x + mean) * std * 255).round().clamp(0, 255).to(torch.uint8)
    return values.permute(1, 2, 0)


def normalizes_again(x, mean, std):
    mean = torch.as_tensor(mean, dtype=x.dtype).view(3, 1, 1)
    std = torch.as_tensor(std, dtype=x.dtype).view(3, 1, 1)
    values = ((x - mean) / std * 255).round().clamp(0, 255).to(torch.uint8)
    return values.permute(1, 2, 0)


def transposes(x, mean, std):
    return to_picture(x, mean, std).transpose(0, 1)


def channels_first(x, mean, std):
    return to_picture(x, mean, std).permute(2, 0, 1)


def as_floats(x, mean, std):
    return _undone(x, mean, std).permute(1, 2, 0)


def stretches(x, mean, std):
    values = (x - x.min()) / (x.max() - x.min())
    return (values * 255).round().to(torch.uint8).permute(1, 2, 0)


def statistics_along_columns(x, mean, std):
    values = x * torch.as_tensor(std)[0] + torch.as_tensor(mean)[0]
    return (values * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)


def in_place(x, mean, std):
    x.mul_(torch.as_tensor(std, dtype=x.dtype).view(3, 1, 1))
    x.add_(torch.as_tensor(mean, dtype=x.dtype).view(3, 1, 1))
    return (x * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0)


def normalized(picture, mean=MEAN, std=STD):
    """What the lesson does to a picture (H, W, 3)."""
    x = picture.permute(2, 0, 1).float() / 255
    mean, std = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)
    return (x - mean) / std


def check(answer):
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    _one_pixel(answer, mean, std)
    generator = torch.Generator().manual_seed(2)
    for height, width in ((2, 4), (5, 5)):
        picture = torch.randint(0, 256, (height, width, 3), generator=generator)
        picture = picture.to(torch.uint8)
        value = call(answer, normalized(picture), mean, std)
        require(
            value.shape == picture.shape,
            f"For {height} rows and {width} columns you return the shape "
            f"{tuple(value.shape)}, should be {tuple(picture.shape)}: row, column, "
            "channel.",
        )
        gap = (value.int() - picture.int()).abs()
        worst = int(gap.max())
        require(
            worst != 1,
            f"There and back, {int((gap == 1).sum())} of {gap.numel()} values are 1 "
            "too low. 72.9999 became 72: what has to happen before the numbers turn "
            "into whole ones?",
        )
        require(
            worst == 0 or not torch.equal(*map(_sorted, (value, picture))),
            f"All values of the picture ({height}×{width}) are there, but in other "
            "places. Print a small picture before and after: did you change the order "
            "of the axes, or only cut the numbers anew?",
        )
        require(
            worst == 0,
            f"A picture of {height}×{width} pixels comes back with values up to "
            f"{worst} away from what they were.",
        )
    _too_bright(answer, mean, std)


def _sorted(picture):
    return picture.flatten().sort().values


def _one_pixel(answer, mean, std):
    """A pixel of 0 in every channel lies at the means: 127.5, 102, 76.5."""
    x = torch.tensor([1.0, -1.0, 1.0]).view(3, 1, 1)
    value = call(answer, x, mean, std)
    require(torch.is_tensor(value), f"Return a tensor, not {type(value).__name__}.")
    require(
        value.dtype == torch.uint8,
        f"You return numbers of the kind {value.dtype}; a picture that can be drawn "
        "and saved has whole numbers, torch.uint8.",
    )
    require(
        value.shape == (1, 1, 3),
        f"For one pixel, a tensor of shape (3, 1, 1), you return the shape "
        f"{tuple(value.shape)}, should be (1, 1, 3): row, column, channel.",
    )
    given = [int(v) for v in value.flatten()]
    lead = (
        f"A pixel of (1, −1, 1), with means {MEAN} and deviations {STD}, becomes "
        f"{tuple(given)}, should be (191, 51, 102)."
    )
    require(
        given != [1, 0, 0],
        f"{lead} These are shares of 1. What did `normalize` divide by first?",
    )
    right = [191, 51, 102]
    close = all(abs(a - b) <= 1 for a, b in zip(given, right, strict=True))
    require(
        close,
        f"{lead} Normalizing subtracts the mean and then divides by the deviation: "
        "undo the last step first, each channel with its own numbers.",
    )


def _too_bright(answer, mean, std):
    """Values outside of 0 to 255, as they arise when a picture is brightened."""
    x = torch.tensor([4.0, -3.0, 0.0]).view(3, 1, 1)
    value = [int(v) for v in call(answer, x, mean, std).flatten()]
    require(
        value[0] == 255 and value[1] == 0,
        f"A pixel of (4, −3, 0) is brighter than white in red and darker than black in "
        f"green (382.5 and −51). You give red {value[0]} and green {value[1]}, should "
        "be 255 and 0: whole numbers of 8 bits start again from 0 after 255.",
    )


exercise = Code(
    title="There and back",
    function="to_picture",
    difficulty=2,
    minutes=5,
    solution=to_picture,
    alternates=(by_channel, axes_first),
    wrong=(
        Wrong(reshapes, "only cut the numbers anew"),
        Wrong(never_rounds, "before the numbers turn"),
        Wrong(never_clamps, "start again from 0 after 255"),
        Wrong(never_scales, "shares of 1"),
        Wrong(wrong_order, "undo the last step first"),
        Wrong(normalizes_again, "undo the last step first"),
        Wrong(transposes, "row, column"),
        Wrong(channels_first, "row, column, channel"),
        Wrong(as_floats, "torch.uint8"),
        Wrong(stretches, "undo the last step first"),
        Wrong(statistics_along_columns, "each channel with its own numbers"),
        Wrong(in_place, "changed its argument `x` in place"),
    ),
    check=check,
    hints=(
        "`normalize` took four steps: permute, divide by 255, subtract, divide. Which "
        "is undone first?",
        "Times the deviation, plus the mean, times 255. Then whole numbers from 0 to "
        "255, and the axes back: `permute` names, for each new axis, the old one.",
    ),
    why="Whoever can undo a preparation can look at what the network was given. Do it "
    "before every long run.",
)
