"""Figures: shown once, with a text for those who cannot see them, and then closed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course import plots
from course.errors import CourseError


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as MIME bundles."""
    bundles = []
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw=False: bundles.append(data)
    )
    return bundles


def test_a_figure_has_its_alt_text_and_is_closed(shown):
    figure, _ = plt.subplots()
    plots.show(figure, 'A "quoted" text that says what it shows')
    html = shown[0]["text/html"]
    assert 'alt="A &quot;quoted&quot; text' in html and "base64," in html
    assert shown[0]["text/plain"].startswith("[figure] A")
    assert plt.get_fignums() == []


def test_a_figure_without_a_text_is_refused(shown):
    figure, _ = plt.subplots()
    with pytest.raises(CourseError, match="does not say"):
        plots.show(figure, "a plot")
    plt.close(figure)


@pytest.mark.parametrize("shape", [(5, 28, 28), (9, 32, 32, 3), (1, 8, 8)])
def test_pictures_draws_one_axis_each(shape):
    figure = plots.pictures(np.zeros(shape, np.uint8), ["label"] * shape[0], columns=4)
    assert sum(bool(ax.images) for ax in figure.axes) == shape[0]
    plt.close(figure)


def test_curves_and_descents_say_their_point(shown):
    history = [(10, 2.0, 2.1), (20, 1.0, 1.4)]
    text = "Two losses that fall over twenty steps"
    plots.learning_curves({"run": history}, "It falls", text, training=True)
    path = np.array([[-4.0, 0.5], [-1.0, 0.1]])
    plots.descents(lambda a, b: a**2 + b**2, {"walk": path}, text)
    assert [bundle["text/plain"] for bundle in shown] == [f"[figure] {text}"] * 2
