"""Blocks rounded to even levels between their smallest and largest number."""

import torch

from course.exercises import Code, Wrong, call, require


def min_max_round(x, bits=4, block=32):
    blocks = x.reshape(-1, block)
    low = blocks.amin(dim=1, keepdim=True)
    high = blocks.amax(dim=1, keepdim=True)
    step = ((high - low) / (2**bits - 1)).clamp(min=1e-30)
    return (low + ((blocks - low) / step).round() * step).reshape(x.shape)


def block_by_block(x, bits=4, block=32):
    pieces = []
    for piece in x.flatten().split(block):
        low, high = piece.min(), piece.max()
        if low == high:
            pieces.append(piece.clone())
            continue
        step = (high - low) / (2**bits - 1)
        pieces.append(torch.round((piece - low) / step) * step + low)
    return torch.cat(pieces).reshape(x.shape)


def nearest_of_levels(x, bits=4, block=32):
    """All levels of each block, and the nearest of them by distance."""
    blocks = x.reshape(-1, block)
    low, high = blocks.aminmax(dim=1, keepdim=True)
    levels = low + (high - low) * torch.linspace(0, 1, 2**bits)  # (blocks, levels)
    nearest = (blocks[:, :, None] - levels[:, None, :]).abs().argmin(dim=2)
    return levels.gather(1, nearest).reshape(x.shape)


def one_level_too_many(x, bits=4, block=32):
    blocks = x.reshape(-1, block)
    low, high = blocks.aminmax(dim=1, keepdim=True)
    step = ((high - low) / 2**bits).clamp(min=1e-30)
    return (low + ((blocks - low) / step).round() * step).reshape(x.shape)


def half_the_levels(x, bits=4, block=32):
    return min_max_round(x, bits - 1, block)


def absmax(x, bits=4, block=32):
    blocks = x.reshape(-1, block)
    step = blocks.abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
    step = step.clamp(min=1e-30)
    return ((blocks / step).round() * step).reshape(x.shape)


def forgets_the_offset(x, bits=4, block=32):
    blocks = x.reshape(-1, block)
    low, high = blocks.aminmax(dim=1, keepdim=True)
    step = ((high - low) / (2**bits - 1)).clamp(min=1e-30)
    return (((blocks - low) / step).round() * step).reshape(x.shape)


def divides_by_zero(x, bits=4, block=32):
    blocks = x.reshape(-1, block)
    low, high = blocks.aminmax(dim=1, keepdim=True)
    step = (high - low) / (2**bits - 1)
    return (low + ((blocks - low) / step).round() * step).reshape(x.shape)


def one_range_for_all(x, bits=4, block=32):
    return min_max_round(x, bits, x.numel())


def cuts_off(x, bits=4, block=32):
    blocks = x.reshape(-1, block)
    low, high = blocks.aminmax(dim=1, keepdim=True)
    step = ((high - low) / (2**bits - 1)).clamp(min=1e-30)
    return (low + ((blocks - low) / step).floor() * step).reshape(x.shape)


def leaves_it_in_blocks(x, bits=4, block=32):
    return min_max_round(x, bits, block).reshape(-1, block)


def does_nothing(x, bits=4, block=32):
    return x.clone()


# A block that can be followed on paper: with 2 bits the levels are 3, 3.5, 4, 4.5.
PAPER = torch.tensor([3.0, 3.4, 4.1, 4.5])
CASE = "For [3, 3.4, 4.1, 4.5] as one block, with 2 bits,"


def check(answer):
    given = call(answer, PAPER, 2, 4)
    require(
        torch.is_tensor(given) and given.numel() == 4,
        "Return a tensor with as many numbers as `x` has.",
    )
    _paper([round(value, 3) for value in given.flatten().tolist()])
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(8, 32, generator=generator)
    x[1] = 0.25  # one number, 32 times
    x[3] += 50
    x[6, 0] = -90.0
    for bits in (4, 3, 8):
        _numbers(answer, x, bits)
    given = call(answer, x.reshape(4, 4, 16), 4, 64)
    require(
        tuple(given.shape) == (4, 4, 16),
        f"For x of shape (4, 4, 16) you return {tuple(given.shape)}. It keeps its "
        "shape, whatever the blocks are.",
    )


def _paper(shown):
    should = "should be [3.0, 3.5, 4.0, 4.5]"
    require(
        shown != [3.0, 3.4, 4.1, 4.5],
        f"{CASE} all four come back as they were, {should}: 2 bits have 4 levels, "
        "evenly spaced. Where is anything rounded?",
    )
    require(
        shown != [3.0, 3.375, 4.125, 4.5],
        f"{CASE} you return {shown}, {should}. Your levels are 0.375 apart, which "
        "makes five of them: how many gaps have four levels?",
    )
    require(
        shown != [3.0, 3.0, 4.5, 4.5],
        f"{CASE} you return {shown}, {should}: two levels only. Is one of your bits a "
        "sign, or do your levels start elsewhere than at the smallest number?",
    )
    require(
        shown != [0.0, 0.5, 1.0, 1.5],
        f"{CASE} you return {shown}, {should}. You subtracted the smallest number, and "
        "nothing gives it back.",
    )
    require(
        shown != [4.5, 4.5, 4.5, 4.5],
        f"{CASE} you return {shown}, {should}. That is absmax, whose levels reach down "
        "to -4.5, where nothing is. From where to where should they go?",
    )
    require(
        shown != [3.0, 3.0, 4.0, 4.5],
        f"{CASE} you return {shown}, {should}. 3.4 is nearer to 3.5 than to 3: what "
        "does your function do to a fraction?",
    )
    require(
        all(abs(a - b) < 1e-3 for a, b in zip(shown, (3, 3.5, 4, 4.5), strict=True)),
        f"{CASE} you return {shown}, {should}.",
    )


def _numbers(answer, x, bits):
    case = f"With {bits} bits and blocks of 32"
    given = call(answer, x, bits, 32)
    require(
        tuple(given.shape) == tuple(x.shape),
        f"{case}, x of shape {tuple(x.shape)} comes back as {tuple(given.shape)}.",
    )
    require(
        not bool(torch.isnan(given).any()),
        f"{case}, the block that holds 0.25 only comes back as nan. Its smallest and "
        "largest are equal: what do you divide by?",
    )
    low, high = x.amin(dim=1), x.amax(dim=1)
    half = (high - low) / (2**bits - 1) / 2
    errors = (given - x).abs().amax(dim=1)
    worst = int((errors - half).argmax())
    require(
        bool(errors[worst] <= half[worst] * 1.001 + 1e-4),
        f"{case}, block {worst} goes from {low[worst]:.3g} to {high[worst]:.3g}, and "
        f"is off by {errors[worst]:.3g}; half of its step is {half[worst]:.3g}. Does "
        "every block have a range of its own?",
    )
    most = max(len(row.unique()) for row in given)
    require(
        most <= 2**bits,
        f"{case}, a block comes back with {most} different numbers; {bits} bits can "
        f"tell {2**bits} apart.",
    )


exercise = Code(
    title="A scale and an offset",
    function="min_max_round",
    difficulty=2,
    minutes=7,
    solution=min_max_round,
    alternates=(block_by_block, nearest_of_levels),
    wrong=(
        Wrong(one_level_too_many, "how many gaps have four levels"),
        Wrong(half_the_levels, "two levels only"),
        Wrong(absmax, "That is absmax"),
        Wrong(forgets_the_offset, "nothing gives it back"),
        Wrong(divides_by_zero, "what do you divide by"),
        Wrong(one_range_for_all, "range of its own"),
        Wrong(cuts_off, "do to a fraction"),
        Wrong(leaves_it_in_blocks, "It keeps its shape"),
        Wrong(does_nothing, "Where is anything rounded"),
    ),
    check=check,
    hints=(
        "With 2 bits, levels from 3 to 4.5: which four are they, and how far apart? "
        "Count the gaps.",
        "Subtract the block's smallest number, divide by the step, round; then the "
        "same back. The step is (largest − smallest) / (2^b − 1).",
        "Where all numbers of a block are equal the step is 0: `.clamp(min=1e-30)` "
        "keeps you from dividing by it.",
    ),
    why="Two numbers a block, and no level is wasted. With 16-bit ones and blocks of "
    "32 that makes 4 + 32/32 = 5 bits a weight: how the stand-in of SmolLM2 in this "
    "lesson had been stored.",
)
