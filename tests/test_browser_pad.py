"""The drawing pad in a real JupyterLab: draw, save, find the file, load it."""

import os

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect
from test_browser import MINUTE, page, page_address  # noqa: F401  (fixtures)

from course import own

CODE = "from course import own\n\nown.pad()"
SEVEN = [(60, 60), (215, 55), (150, 150), (110, 235)]  # pixels of the paper


@pytest.fixture
def notebook(tmp_path, page_address):  # noqa: F811
    """The address of a notebook with a pad, served from a fresh home."""
    cell = nbformat.v4.new_code_cell(CODE)
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    book = nbformat.v4.new_notebook(cells=[cell], metadata=metadata)
    nbformat.write(book, tmp_path / "work" / "pad.ipynb")
    site, token = page_address.split("/lab/tree/")[0], page_address.split("?")[1]
    return f"{site}/lab/tree/work/pad.ipynb?{token}"


def draw(page, points):  # noqa: F811
    paper = page.locator(".course-pad canvas").bounding_box()
    for number, (x, y) in enumerate(points):
        page.mouse.move(paper["x"] + x, paper["y"] + y, steps=8)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def picture(page, name):  # noqa: F811
    folder = os.environ.get("COURSE_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_drawn_seven_is_saved_and_loaded(notebook, page, tmp_path, monkeypatch):  # noqa: F811
    page.goto(notebook)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=MINUTE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    pad = page.locator(".course-pad")
    expect(pad).to_be_visible(timeout=MINUTE)
    said, save = pad.get_by_role("status"), pad.get_by_role("button", name="Save")

    save.click()
    expect(said).to_have_text("Nothing is drawn yet.")
    draw(page, SEVEN)
    save.click()
    expect(said).to_have_text("Choose which digit it is, then save.")
    # By keyboard: the notebook must not take the keys for its own.
    pad.get_by_role("radio", name="6").focus()
    page.keyboard.press("ArrowRight")
    expect(pad.get_by_role("radio", name="7")).to_be_checked()
    picture(page, "pad-light")
    save.focus()
    page.keyboard.press("Space")
    expect(said).to_have_text("Saved as my/digits/7_1.png.")

    draw(page, SEVEN)
    pad.get_by_role("radio", name="7").check()
    save.click()
    expect(said).to_have_text("Saved as my/digits/7_2.png.")

    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    digits = own.load("digits")
    assert (digits.source, digits.names) == ("yours", ("7_1.png", "7_2.png"))
    assert digits.labels.tolist() == [7, 7]
    rows, columns = np.nonzero(digits.images[0] > 128)
    assert rows.max() - rows.min() == 19  # 20 pixels high, as MNIST's are
    # A bar above, a foot below that is narrower and to the left of the bar's end.
    assert np.ptp(columns[rows < 9]) > 9 > np.ptp(columns[rows > 18])

    pad.get_by_role("button", name="Clear").click()
    page.emulate_media(color_scheme="dark")
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    draw(page, SEVEN)
    legend = pad.locator("legend")
    red = legend.evaluate("e => Number(getComputedStyle(e).color.match(/\\d+/)[0])")
    assert red > 180, "dark text on a dark page"
    picture(page, "pad-dark")
