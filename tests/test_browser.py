"""JupyterLab in a real browser: an answer is typed, and its check turns green."""

import os
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

from course.authoring.proof import browser
from course.panel import GREEN

EXERCISE = 'here.exercise("weights_fit")'
ANSWER = "3.94"
MINUTE = 60_000  # in milliseconds, as Playwright counts


@pytest.fixture
def page_address(tmp_path):
    """A JupyterLab of our own on a fresh work/, as `start.py` serves it."""
    code = (
        "import os, sys; from pathlib import Path; from course import lab; "
        "lab.serve(Path(sys.executable), dict(os.environ), browser=False)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"COURSE_HOME": str(tmp_path), "COURSE_TIER": "ci"},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in server.stdout:
        if line.strip().startswith("http"):
            break
    else:
        pytest.fail((tmp_path / ".course" / "jupyter.log").read_text("utf-8"))
    yield line.strip()
    server.send_signal(signal.SIGINT)
    server.wait(timeout=30)


@pytest.fixture
def page():
    executable = browser()
    assert executable, "no Chromium here: install it (`apt install chromium`)"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=flags)
        yield chromium.new_page(viewport={"width": 1200, "height": 1600})
        chromium.close()


def test_an_answer_typed_into_the_first_lesson_turns_green(page_address, page):
    page.goto(page_address)
    # The status bar's word: the toolbar says idle before there is a kernel.
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=MINUTE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()

    cell = page.locator(".jp-CodeCell", has_text=EXERCISE)
    for _ in range(200):  # down to the exercise
        if cell.count():
            break
        page.locator(".jp-NotebookPanel").hover()
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(100)
    cell.scroll_into_view_if_needed()
    expect(cell).to_contain_text("Not attempted yet", timeout=MINUTE)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=MINUTE)

    cell.locator(".cm-line", has_text="answer = None").click()
    page.keyboard.press("End")
    for _ in "None":
        page.keyboard.press("Backspace")
    page.keyboard.type(ANSWER)
    page.keyboard.press("Shift+Enter")
    expect(cell).to_contain_text("Passed", timeout=MINUTE)
    box = cell.locator("div[style*='border-left']").last
    expect(box).to_have_css("border-left-color", f"rgb({GREEN})")
