"""The course's figure style, and the few pictures that several lessons draw.

Importing it sets the style. Figures are drawn on a light card, which reads well on a
light page as on a dark one; the colours are Okabe and Ito's, which colour-blind
readers can tell apart (Okabe & Ito, Color Universal Design, 2008).
"""

import base64
from collections.abc import Callable
from html import escape
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from course.errors import CourseError

SHORTEST_ALT = 20
BLUE, ORANGE, GREEN, RED = "#0072b2", "#e69f00", "#009e73", "#d55e00"
PURPLE, SKY, INK, PAPER = "#cc79a7", "#56b4e9", "#24292f", "#fcfcfa"

plt.rcParams.update(
    {
        "figure.facecolor": PAPER,
        "axes.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "figure.figsize": (7, 3.6),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "font.size": 11,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#8c959f",
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e4e4de",
        "legend.frameon": False,
        "lines.linewidth": 2,
        "image.cmap": "gray_r",
        "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY]),
    }
)
# Figures are shown by `show` alone, once, with their alt text.
plt.ioff()


def show(figure: Figure, alt: str) -> None:
    """Display a figure once, with a text for those who cannot see it, and close it.

    Raises CourseError for an alt text that is too short to say the figure's point.
    """
    from IPython.display import display

    if len(alt) < SHORTEST_ALT:
        raise CourseError(f"The alt text {alt!r} does not say what the figure shows.")

    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    width = round(figure.get_figwidth() * 100)
    plt.close(figure)
    data = base64.b64encode(buffer.getvalue()).decode()
    html = (
        f'<img alt="{escape(alt, quote=True)}" src="data:image/png;base64,{data}" '
        f'style="width:{width}px;max-width:100%;height:auto;border-radius:6px">'
    )
    display({"text/html": html, "text/plain": f"[figure] {alt}"}, raw=True)


def pictures(
    images: np.ndarray,
    labels: list[str] | None = None,
    columns: int = 8,
    title: str = "",
    cmap: str = "gray_r",
) -> Figure:
    """A grid of pictures (N, H, W[, C]), a label above each; returns the figure.

    `cmap` applies to pictures of one channel: by default high values are dark, as ink
    on paper; "gray" shows brightness as it is. All pictures share one scale, from 0 to
    255 for whole numbers, else to the largest value.
    """
    top = 255 if images.dtype == np.uint8 else images.max()
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(min(max(0.95 * columns, 4), 8), 1.15 * rows + (0.4 if title else 0)),
        squeeze=False,
    )
    for place, ax in enumerate(axes.flat):
        ax.axis("off")
        if place < len(images):
            ax.imshow(images[place], cmap=cmap, vmin=0, vmax=top)
            if labels is not None:
                ax.set_title(
                    labels[place], fontsize=9, fontweight="normal", loc="center", pad=3
                )
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    return figure


def learning_curves(
    runs: dict[str, list[tuple[int, float, float]]],
    title: str,
    alt: str,
    training: bool = False,
    log: bool = False,
) -> None:
    """Draw validation loss against steps, and with `training` the training loss dotted.

    `runs`: name -> [(step, training loss, validation loss), …]; `log`: a logarithmic
    scale for the loss.
    """
    figure, ax = plt.subplots()
    for number, (name, history) in enumerate(runs.items()):
        step, train_loss, val_loss = zip(*history, strict=True)
        label = f"{name}, validation" if training else name
        ax.plot(step, val_loss, color=f"C{number}", label=label)
        if training:
            label = f"{name}, training"
            ax.plot(step, train_loss, ":", color=f"C{number}", label=label)
    ax.set_xlabel("steps (mini-batches)")
    ax.set_ylabel("loss" if training else "validation loss")
    if log:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter("{x:g}")
    else:
        ax.set_ylim(0)
    ax.legend()
    ax.set_title(title)
    show(figure, alt)


def descents(
    loss: Callable[[np.ndarray, np.ndarray], np.ndarray],
    paths: dict[str, np.ndarray],
    alt: str,
    a: tuple[float, float] = (-4.5, 1.5),
    b: tuple[float, float] = (-0.8, 0.8),
) -> None:
    """Draw paths over the contour lines of a loss in two weights, a panel each.

    `loss(a, b)` works on arrays; `paths`: name -> points (steps + 1, 2).
    """
    grid = np.meshgrid(np.linspace(*a, 90), np.linspace(*b, 90))
    figure, axes = plt.subplots(
        len(paths), 1, figsize=(7, 0.5 + 1.45 * len(paths)), sharex=True, squeeze=False
    )
    for ax, (name, path) in zip(axes.flat, paths.items(), strict=True):
        ax.contour(*grid, loss(*grid), levels=12, colors="#c8c8c0", linewidths=1)
        ax.plot(path[:, 0], path[:, 1], "o-", color=BLUE, markersize=4, linewidth=1)
        ax.plot(0, 0, "*", color=RED, markersize=14)
        steps, end = len(path) - 1, float(loss(*path[-1]))
        ax.set_title(f"{name}: loss {end:.3g} after {steps} steps", fontsize=11)
        ax.set_ylabel("weight b")
        ax.set_xlim(*a)
        ax.set_ylim(*b)
        ax.grid(False)
    axes[-1, 0].set_xlabel("weight a")
    show(figure, alt)
