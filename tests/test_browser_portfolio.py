"""The portfolio in a real browser: light, dark, on paper and on a phone."""

import matplotlib.pyplot as plt
from playwright.sync_api import sync_playwright
from test_portfolio import BILL, GATE

from course import portfolio
from course.authoring.proof import browser


def add_page():
    figure, ax = plt.subplots(figsize=(3, 2))
    ax.plot([1.0, 0.5, 0.2])
    plt.close(figure)
    portfolio.add(
        portfolio.Page(
            week="week03_mnist",
            lesson="week03_mnist/08_project",
            title="A reader of digits",
            made="一個辨識數字的模型。" * 20,
            failures=["a" * 300],  # a word that no line has room for
            figures=[(figure, "The loss falls in three steps, then stays.")],
            gates={"read_digits": GATE},
            bill=BILL,
            own=[],
            date="2026-11-03",
        )
    )


def test_the_page_in_a_browser_is_light_and_dark_loads_nothing_and_fits(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    add_page()
    address = portfolio.html().path.as_uri()
    assert browser(), "no Chromium here: install it (`apt install chromium`)"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=flags)
        grounds, asked, said = [], [], []
        for scheme in ("light", "dark"):
            tab = chromium.new_page(
                viewport={"width": 360, "height": 700}, color_scheme=scheme
            )
            tab.on("request", lambda request: asked.append(request.url))
            tab.on("console", lambda message: said.append(message.text))
            tab.goto(address)
            grounds.append(
                tab.evaluate("getComputedStyle(document.body).backgroundColor")
            )
            assert tab.evaluate("document.images[0].naturalWidth") > 100
            assert tab.evaluate("document.documentElement.scrollWidth") == 360
        tab.emulate_media(media="print", color_scheme="dark")
        ink, paper = (
            tab.evaluate(f"getComputedStyle(document.body).{part}")
            for part in ("color", "backgroundColor")
        )
        chromium.close()
    assert grounds == ["rgb(252, 252, 250)", "rgb(21, 24, 28)"]
    # paper is white, whatever the screen
    assert (ink, paper) == ("rgb(36, 41, 47)", "rgb(255, 255, 255)")
    assert {url for url in asked if not url.startswith("data:")} == {address}
    assert said == []
