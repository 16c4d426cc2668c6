"""Mean and standard deviation of each colour channel."""

import numpy as np

from course.exercises import Code, Wrong, call, require


def channel_statistics(pictures):
    scaled = pictures / 255
    return scaled.mean(axis=(0, 1, 2)), scaled.std(axis=(0, 1, 2))


def by_rows(pictures):
    pixels = pictures.reshape(-1, 3).astype(np.float64)  # a row for every pixel
    return pixels.mean(axis=0) / 255, pixels.std(axis=0) / 255


def by_loop(pictures):
    means, deviations = [], []
    for channel in range(3):
        values = pictures[:, :, :, channel].astype(float) / 255
        means.append(values.mean())
        deviations.append(np.sqrt(((values - means[-1]) ** 2).mean()))
    return np.array(means), np.array(deviations)


def with_torch(pictures):
    import torch

    x = torch.from_numpy(pictures).double().flatten(0, 2).div(255)
    return x.mean(0).numpy(), x.std(0, correction=0).numpy()


def over_pictures_only(pictures):
    scaled = pictures / 255
    return scaled.mean(axis=0), scaled.std(axis=0)


def one_for_all(pictures):
    scaled = pictures / 255
    return scaled.mean(), scaled.std()


def for_each_picture(pictures):
    scaled = pictures / 255
    return scaled.mean(axis=(1, 2)), scaled.std(axis=(1, 2))


def mean_of_deviations(pictures):
    scaled = pictures / 255
    mean = scaled.mean(axis=(0, 1, 2))
    return mean, scaled.std(axis=(1, 2)).mean(axis=0)


def forgets_to_scale(pictures):
    return pictures.mean(axis=(0, 1, 2)), pictures.std(axis=(0, 1, 2))


def variance(pictures):
    scaled = pictures / 255
    return scaled.mean(axis=(0, 1, 2)), scaled.var(axis=(0, 1, 2))


def channels_first(pictures):
    scaled = pictures / 255
    return scaled.mean(axis=(0, 2, 3)), scaled.std(axis=(0, 2, 3))


def integer_division(pictures):
    scaled = pictures // 255
    return scaled.mean(axis=(0, 1, 2)), scaled.std(axis=(0, 1, 2))


def reshaped(pictures):
    grids = pictures.reshape(len(pictures), 3, -1) / 255
    return grids.mean(axis=(0, 2)), grids.std(axis=(0, 2))


def scales_twice(pictures):
    scaled = pictures / 255 / 255
    return scaled.mean(axis=(0, 1, 2)), scaled.std(axis=(0, 1, 2))


def only_mean(pictures):
    return (pictures / 255).mean(axis=(0, 1, 2))


# Two pictures of 1×2 pixels: red 51, 51 and 153, 153; green all 102; blue 0 to 255.
PAPER = np.array(
    [[[[51, 102, 0], [51, 102, 255]]], [[[153, 102, 0], [153, 102, 255]]]],
    dtype=np.uint8,
)
CASE = (
    "Two pictures of one row and two pixels have red 51, 51 | 153, 153, green always "
    "102, blue 0, 255 | 0, 255"
)


def check(answer):
    given = call(answer, PAPER)
    require(
        isinstance(given, tuple | list) and len(given) == 2,
        "Return two things, `return mean, std`, with three numbers each.",
    )
    given = [np.asarray(part) for part in given]
    for part, name in zip(given, ("mean", "standard deviation"), strict=True):
        require(
            part.shape == (3,),
            f"Your {name} has the shape {part.shape} for pictures of the shape "
            f"{PAPER.shape}, should be (3,): one number for each channel. The axes are "
            "picture, row, column, channel. Which of them are to be averaged away?",
        )
    mean, std = given
    _recognise(mean, std)
    generator = np.random.default_rng(4)
    for shape in ((5, 4, 6, 3), (3, 3, 3, 3), (1, 7, 2, 3)):
        pictures = generator.integers(0, 256, shape).astype(np.uint8)
        pictures[..., 1] //= 2
        found = [np.asarray(part) for part in call(answer, pictures)]
        for part, right, name in zip(
            found, channel_statistics(pictures), ("mean", "std"), strict=True
        ):
            require(
                part.shape == (3,) and np.allclose(part, right, rtol=1e-4),
                f"For random pictures of the shape {shape} your {name} is "
                f"{_shown(part)}, should be {_shown(right)}. Each channel's number "
                "comes from all of its pixels, in all pictures.",
            )


def _recognise(mean, std):
    """Name the mistakes that the pictures on paper can tell apart."""
    right_mean, right_std = channel_statistics(PAPER)
    lead = f"{CASE}. Your mean is {_shown(mean)}, should be {_shown(right_mean)}."
    require(
        not np.allclose(mean, 255 * right_mean),
        f"{lead} That counts 255 as 255. It shall count as 1.",
    )
    require(
        not np.allclose(mean, right_mean / 255),
        f"{lead} That has been divided by 255 twice.",
    )
    require(
        np.allclose(mean, right_mean),
        f"{lead} Are these the values of one channel each, and not cut to whole "
        "numbers?",
    )
    lead = (
        f"{CASE}. The mean is right; your standard deviation is {_shown(std)}, should "
        f"be {_shown(right_std)}."
    )
    require(
        not np.allclose(std, right_std**2),
        f"{lead} That is its square, the variance.",
    )
    require(
        not np.allclose(std, [0, 0, 0.5]),
        f"{lead} Yours is the spread *inside* a picture: that one picture has more red "
        "than the other went unnoticed. Take all pixels together.",
    )
    require(
        np.allclose(std, right_std, rtol=1e-3),
        f"{lead} It is the root of the mean squared distance from the channel's mean.",
    )


def _shown(values):
    return "(" + ", ".join(f"{value:.3g}" for value in np.ravel(values)[:4]) + ")"


exercise = Code(
    title="Three means, three deviations",
    function="channel_statistics",
    difficulty=1,
    minutes=4,
    solution=channel_statistics,
    alternates=(by_rows, by_loop, with_torch),
    wrong=(
        Wrong(over_pictures_only, "Which of them are to be averaged away"),
        Wrong(one_for_all, "one number for each channel"),
        Wrong(for_each_picture, "Which of them are to be averaged away"),
        Wrong(mean_of_deviations, "the spread *inside* a picture"),
        Wrong(forgets_to_scale, "It shall count as 1"),
        Wrong(variance, "the variance"),
        Wrong(channels_first, "The axes are picture, row, column, channel"),
        Wrong(integer_division, "cut to whole"),
        Wrong(reshaped, "values of one channel each"),
        Wrong(scales_twice, "divided by 255 twice"),
        Wrong(only_mean, "Return two things"),
    ),
    check=check,
    hints=(
        "`axis` may name several axes at once: NumPy then averages over all of them. "
        "Which axis shall remain?",
        "The channel is the last axis, number 3. The others are 0, 1 and 2.",
    ),
    why="Six numbers, and they are part of the model from now on.",
)
