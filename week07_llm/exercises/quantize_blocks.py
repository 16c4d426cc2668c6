"""Absmax quantization with a step for every block."""

import torch

from course.exercises import Code, Wrong, call, require


def quantize_blocks(x, bits=4, block=64):
    top = 2 ** (bits - 1) - 1
    blocks = x.reshape(-1, block)
    largest = blocks.abs().amax(dim=1, keepdim=True)
    steps = largest / top
    safe = steps.clamp(min=torch.finfo(x.dtype).tiny)
    return (blocks / safe).round().to(torch.int8), steps


def block_by_block(x, bits=4, block=64):
    levels = 2 ** (bits - 1) - 1
    codes, steps = [], []
    for piece in x.flatten().split(block):
        step = piece.abs().max() / levels
        scaled = piece / step if step > 0 else torch.zeros_like(piece)
        codes.append(scaled.round().to(torch.int8))
        steps.append(step)
    return torch.stack(codes), torch.stack(steps)[:, None]


def ones_for_zeros(x, bits=4, block=64):
    """The step of a block of zeros may be anything."""
    n = 2 ** (bits - 1) - 1
    rows = x.view(x.numel() // block, block)
    a = rows.abs().max(dim=1, keepdim=True).values
    a = torch.where(a == 0, torch.ones_like(a), a)
    return torch.round(rows * n / a).to(torch.int8), a / n


def one_step_for_all(x, bits=4, block=64):
    codes, step = quantize_blocks(x, bits, x.numel())
    return codes.reshape(-1, block), step.expand(x.numel() // block, 1)


def cuts_off(x, bits=4, block=64):
    top = 2 ** (bits - 1) - 1
    blocks = x.reshape(-1, block)
    steps = blocks.abs().amax(dim=1, keepdim=True) / top
    return (blocks / steps.clamp(min=1e-30)).to(torch.int8), steps


def columns_as_blocks(x, bits=4, block=64):
    blocks = x.reshape(block, -1).T
    steps = blocks.abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
    return (blocks / steps.clamp(min=1e-30)).round().to(torch.int8), steps


def keeps_the_sign_of_the_largest(x, bits=4, block=64):
    blocks = x.reshape(-1, block)
    steps = blocks.amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
    codes = (blocks / torch.where(steps == 0, 1, steps)).round()
    return codes.to(torch.int8), steps


def divides_by_zero(x, bits=4, block=64):
    top = 2 ** (bits - 1) - 1
    blocks = x.reshape(-1, block)
    steps = blocks.abs().amax(dim=1, keepdim=True) / top
    return (blocks / steps).round(), steps


def returns_floats(x, bits=4, block=64):
    codes, steps = quantize_blocks(x, bits, block)
    return codes.float(), steps


def one_code_too_many(x, bits=4, block=64):
    blocks = x.reshape(-1, block)
    steps = blocks.abs().amax(dim=1, keepdim=True) / 2 ** (bits - 1)
    return (blocks / steps.clamp(min=1e-30)).round().to(torch.int8), steps


def always_eight_bits(x, bits=4, block=64):
    return quantize_blocks(x, 8, block)


def returns_the_largest(x, bits=4, block=64):
    codes, steps = quantize_blocks(x, bits, block)
    return codes, steps * (2 ** (bits - 1) - 1)


def flat_steps(x, bits=4, block=64):
    codes, steps = quantize_blocks(x, bits, block)
    return codes, steps.flatten()


def returns_the_values(x, bits=4, block=64):
    codes, steps = quantize_blocks(x, bits, block)
    return (codes * steps).reshape(x.shape)


# Two blocks of four that can be followed on paper, with 4 bits: steps 0.1 and 1.
PAPER = torch.tensor([0.7, -0.2, 0.26, 0.0, 1.0, -7.0, 2.0, 0.6])
CASE = "For [0.7, -0.2, 0.26, 0, 1, -7, 2, 0.6] in blocks of 4, with 4 bits,"


def check(answer):
    _paper(*_parts(call(answer, PAPER, 4, 4), CASE, (2, 4)))
    generator = torch.Generator().manual_seed(11)
    x = torch.randn(6, 64, generator=generator)
    x[2, 5] = 40.0  # an outlier
    x[4] = 0.0
    for bits in (4, 8, 3):
        _numbers(answer, x, bits)
    _shapes(answer, x)


def _parts(given, case, shape):
    require(
        isinstance(given, tuple) and len(given) == 2,
        "Return two tensors, `return codes, steps`: the codes as they would be stored, "
        "not the values that come back.",
    )
    codes, steps = given
    require(
        torch.is_tensor(codes) and torch.is_tensor(steps),
        f"Return two tensors; yours are {type(codes).__name__} and "
        f"{type(steps).__name__}.",
    )
    require(
        tuple(codes.shape) == shape,
        f"{case} your codes have the shape {tuple(codes.shape)}, should be {shape}: a "
        "row for each block.",
    )
    require(
        tuple(steps.shape) == (shape[0], 1),
        f"{case} your steps have the shape {tuple(steps.shape)}, should be "
        f"{(shape[0], 1)}, so that `codes * steps` multiplies each row by its own.",
    )
    return codes, steps


def _paper(codes, steps):
    require(
        not bool(torch.isnan(steps).any() or torch.isnan(codes.float()).any()),
        f"{CASE} something of yours is nan. What is divided by 0?",
    )
    rows, found = codes.int().tolist(), [round(v, 4) for v in steps.flatten().tolist()]
    require(
        abs(found[0] - 2 / 7) > 1e-3,
        f"{CASE} your first block is not 0.7, -0.2, 0.26, 0. A block is made of "
        "*neighbours*: which shape keeps them in one row?",
    )
    require(
        len(set(found)) > 1,
        f"{CASE} both your blocks have the step {found[0]:g}. The first has nothing "
        "larger than 0.7: over what is your maximum taken?",
    )
    require(
        abs(found[0] - 0.7) > 1e-3,
        f"{CASE} your first step is 0.7, should be 0.1. That is a, the largest value: "
        "codes times 0.7 would not give the numbers back.",
    )
    require(
        abs(found[0] - 0.7 / 8) > 1e-3,
        f"{CASE} your first step is 0.0875, should be 0.1 = 0.7 / 7. The codes go from "
        "-7 to 7: 8 itself would need a fifth bit.",
    )
    require(
        abs(found[0] - 0.7 / 127) > 1e-4,
        f"{CASE} your first step is {found[0]:g} = 0.7 / 127. That is for 8 bits: does "
        "L follow `bits`?",
    )
    require(
        abs(found[1] - 2 / 7) > 1e-3,
        f"{CASE} your second step is 2 / 7, should be 1. The largest *absolute* value "
        "there belongs to -7.",
    )
    require(
        abs(found[0] - 0.1) < 1e-3 and abs(found[1] - 1) < 1e-3,
        f"{CASE} your steps are {found}, should be [0.1, 1.0]: a / L, with L = 7.",
    )
    require(
        rows[0][2] != 2 and rows[1][3] != 0,
        f"{CASE} 0.26 becomes {rows[0][2]} and 0.6 becomes {rows[1][3]}, should be 3 "
        "and 1. What does `.to(torch.int8)` do to 2.6?",
    )
    require(
        rows == [[7, -2, 3, 0], [1, -7, 2, 1]],
        f"{CASE} your codes are {rows}, should be [[7, -2, 3, 0], [1, -7, 2, 1]].",
    )


def _numbers(answer, x, bits):
    case = f"With {bits} bits and blocks of 64, one of them all zeros,"
    codes, steps = _parts(call(answer, x, bits, 64), case, (6, 64))
    top = 2 ** (bits - 1) - 1
    require(
        not bool(torch.isnan(codes.float()).any() or torch.isnan(steps).any()),
        f"{case} something of yours is nan. The block of zeros has the step 0: what is "
        "0 / 0?",
    )
    require(
        codes.dtype == torch.int8,
        f"{case} your codes are {codes.dtype}, should be torch.int8, which is what "
        "makes them small.",
    )
    largest = codes.int().abs().max().item()
    require(
        largest <= top,
        f"{case} your codes go up to {largest}, should be at most {top}.",
    )
    back = codes.float() * steps
    require(
        bool((back[4] == 0).all()),
        f"{case} the zeros come back as {back[4].abs().max().item():g} at most. They "
        "must come back as 0.",
    )
    errors = (back - x).abs().amax(dim=1)
    bound = x.abs().amax(dim=1) / top / 2
    worst = int((errors - bound).argmax())
    require(
        bool(errors[worst] <= bound[worst] * 1.001 + 1e-6),
        f"{case} block {worst} is off by {errors[worst]:.3g}, where half of its step "
        f"is {bound[worst]:.3g}. Does each block use a step of its own?",
    )


def _shapes(answer, x):
    case = "For a tensor of shape (4, 3, 32) and blocks of 32,"
    codes, steps = _parts(call(answer, x.reshape(4, 3, 32), 4, 32), case, (12, 32))
    back = (codes.float() * steps).reshape(6, 64)
    require(
        bool(((back - x).abs() <= 40 / 14 + 1e-3).all()),
        f"{case} the values that come back are not in their old order.",
    )


exercise = Code(
    title="A step for every block",
    function="quantize_blocks",
    difficulty=2,
    minutes=7,
    solution=quantize_blocks,
    alternates=(block_by_block, ones_for_zeros),
    wrong=(
        Wrong(one_step_for_all, "over what is your maximum taken"),
        Wrong(cuts_off, "What does `.to(torch.int8)` do to 2.6"),
        Wrong(columns_as_blocks, "A block is made of *neighbours*"),
        Wrong(keeps_the_sign_of_the_largest, "largest *absolute* value"),
        Wrong(divides_by_zero, "what is 0 / 0"),
        Wrong(returns_floats, "should be torch.int8"),
        Wrong(one_code_too_many, "would need a fifth bit"),
        Wrong(always_eight_bits, "does L follow `bits`"),
        Wrong(returns_the_largest, "That is a, the largest value"),
        Wrong(flat_steps, "multiplies each row by its own"),
        Wrong(returns_the_values, "Return two tensors"),
    ),
    check=check,
    hints=(
        "`x.reshape(-1, block)` puts each block into a row. The rest is "
        "`absmax_quantize`, row by row.",
        "`.abs().amax(dim=1, keepdim=True)` is the largest of each row, with the shape "
        "(blocks, 1), which divides a row as a whole.",
        "Where a row's largest is 0, divide by something else, for instance by "
        "`.clamp(min=1e-30)` of it: 0 divided by that is 0.",
    ),
    why="Each block errs by half of its own step at most, whatever the others hold.",
)
