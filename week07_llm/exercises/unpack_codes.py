"""Two codes of four bits out of every byte."""

import torch

from course.exercises import Code, Wrong, call, require


def unpack_codes(packed):
    return torch.stack([packed // 16, packed % 16], dim=1).flatten()


def by_shifts(packed):
    codes = packed.new_empty(2 * packed.numel())
    codes[0::2] = packed >> 4
    codes[1::2] = packed & 15
    return codes


def byte_by_byte(packed):
    codes = []
    for byte in packed.tolist():
        codes += divmod(byte, 16)
    return torch.tensor(codes, dtype=torch.uint8)


def swapped(packed):
    return torch.stack([packed % 16, packed // 16], dim=1).flatten()


def halves_one_after_the_other(packed):
    return torch.cat([packed // 16, packed % 16])


def upper_half_left_in(packed):
    return torch.stack([packed // 16, packed], dim=1).flatten()


def upper_half_not_moved(packed):
    return torch.stack([packed & 240, packed & 15], dim=1).flatten()


def true_division(packed):
    return torch.stack([packed / 16, packed % 16], dim=1).flatten()


def mod_fifteen(packed):
    return torch.stack([packed // 15, packed % 15], dim=1).flatten()


def as_rows(packed):
    return torch.stack([packed // 16, packed % 16], dim=1)


def as_int64(packed):
    return unpack_codes(packed).long()


def check(answer):
    given = call(answer, torch.tensor([58], dtype=torch.uint8))
    require(
        torch.is_tensor(given),
        f"Return a tensor; yours is {type(given).__name__}.",
    )
    shown = given.flatten().tolist()
    require(
        tuple(given.shape) == (2,),
        f"For the byte 58 you return the shape {tuple(given.shape)}, should be (2,): "
        "a flat row of codes.",
    )
    require(
        shown != [10, 3],
        "For the byte 58 you return [10, 3], should be [3, 10]. The first code is in "
        "the upper half.",
    )
    require(
        shown != [3, 58],
        "For the byte 58 you return [3, 58], should be [3, 10]. What is left of 58 "
        "when three times 16 are taken away?",
    )
    require(
        shown != [48, 10],
        "For the byte 58 you return [48, 10], should be [3, 10]. The upper half is "
        "right, and still sits in the upper half: how many sixteens are 48?",
    )
    require(
        all(float(value).is_integer() for value in shown),
        f"For the byte 58 you return {shown}, should be [3, 10]. How often does 16 go "
        "into 58 as a whole?",
    )
    require(
        shown == [3, 10],
        f"For the byte 58 you return {shown}, should be [3, 10], since 3 · 16 + 10 is "
        "58.",
    )
    given = call(answer, torch.tensor([58, 240, 15], dtype=torch.uint8))
    require(
        given.flatten().tolist() == [3, 10, 15, 0, 0, 15],
        f"For the bytes 58, 240 and 15 you return {given.tolist()}, should be "
        "[3, 10, 15, 0, 0, 15]: the two codes of a byte stand side by side.",
    )
    require(
        given.dtype == torch.uint8,
        f"Your codes are {given.dtype}, should be torch.uint8 as the bytes are.",
    )
    every = torch.arange(256, dtype=torch.uint8)
    codes = call(answer, every).reshape(-1, 2)
    wrong = (codes[:, 0].int() * 16 + codes[:, 1].int() != every.int()).nonzero()
    require(
        len(wrong) == 0,
        f"For the byte {int(wrong[0]) if len(wrong) else 0} your two codes do not make "
        "it again.",
    )


exercise = Code(
    title="Two codes out of a byte",
    function="unpack_codes",
    difficulty=1,
    minutes=4,
    solution=unpack_codes,
    alternates=(by_shifts, byte_by_byte),
    wrong=(
        Wrong(swapped, "first code is in the upper half"),
        Wrong(halves_one_after_the_other, "stand side by side"),
        Wrong(upper_half_left_in, "three times 16 are taken away"),
        Wrong(upper_half_not_moved, "how many sixteens are 48"),
        Wrong(true_division, "go into 58 as a whole"),
        Wrong(mod_fifteen, "since 3 · 16 + 10"),
        Wrong(as_rows, "a flat row of codes"),
        Wrong(as_int64, "should be torch.uint8"),
    ),
    check=check,
    hints=(
        "58 holds 3 and 10. Which two operations with 16 give them?",
        "`packed // 16` are the first codes, `packed % 16` the second ones. "
        "`torch.stack([…, …], dim=1)` puts them side by side; what makes one row of "
        "that?",
    ),
    why="Every byte comes apart into the two codes that went in.",
)
