"""The portfolio: pages are kept whole, and one HTML file shows what can be read."""

import json
import re
import signal
from contextlib import contextmanager
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import portfolio
from course.errors import CourseError
from course.exercises import GateResult
from course.portfolio import Page, stored

ALT = "The loss falls in three steps, then stays."
GATE = GateResult(
    title="Read the digits",
    goal="Read the held-out digits.",
    unit="%",
    bar=95.0,
    at_most=False,
    baseline_name="always the commonest digit",
    baseline=10.0,
    score=97.25,
    passed=True,
)
BILL = {
    "seconds": 412.3,
    "ram_gb": 1.93,
    "vram_gb": None,
    "machine": "4 cores, 16 GB RAM, no NVIDIA GPU",
    "tier": "cpu",
}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    home = tmp_path / "Schüler 学生"
    monkeypatch.setenv("COURSE_HOME", str(home))
    return home


@pytest.fixture
def folder(home):
    return home / "my" / "portfolio"


def curve(top=1.0):
    figure, ax = plt.subplots(figsize=(3, 2))
    ax.plot([top, 0.5, 0.2])
    plt.close(figure)
    return figure


def page(**changed):
    parts = dict(
        week="week03_mnist",
        lesson="week03_mnist/08_project",
        title="A reader of digits",
        made="A network with 4,900 weights.",
        failures=["It takes a 7 with a bar for a 2."],
        figures=[],
        gates={"read_digits": GATE},
        bill=BILL,
        own=["digits"],
        date="2026-11-03",
    )
    return Page(**parts | changed)


def site():
    """The written HTML, and what it lacks."""
    made = portfolio.html()
    return made.path.read_text("utf-8"), made.problems


def words(text):
    """What a reader sees, spaces collapsed."""
    found = []

    class Reader(HTMLParser):
        def handle_data(self, data):
            found.append(data)

    Reader().feed(text[text.index("<body>") :])
    return " ".join(" ".join(found).split())


def test_a_page_shows_all_that_was_given(folder):
    path = portfolio.add(page(figures=[(curve(), ALT)]))
    assert path == folder / "week03_mnist.json"
    text, problems = site()
    seen = words(text)
    assert problems == ()
    for part in (
        "A reader of digits",
        "A network with 4,900 weights.",
        "Read the held-out digits.",
        "97.25 %",
        "at least 95 %",
        "always the commonest digit",
        "10 %",
        "✓ passed",
        "It takes a 7 with a bar for a 2.",
        "7 minutes",
        "1.93 GB",
        "none used",
        "4 cores, 16 GB RAM, no NVIDIA GPU",
        "digits",
        "Week 3 · 3 November 2026",
        "1 project · 1 of 1 gates passed",
    ):
        assert part in seen, part
    assert f'alt="{ALT}"' in text
    assert text.count("data:image/png;base64,") == 1


def test_a_gate_that_was_not_passed_says_so(folder):
    parts = vars(GATE) | {"score": None, "baseline": None, "passed": False}
    small = vars(GATE) | {"at_most": True, "bar": 20, "score": 1438.2, "unit": "kB"}
    gates = {
        "read": GateResult(**parts),
        "small": GateResult(**small | {"passed": False}),
    }
    portfolio.add(page(gates=gates, own=[]))
    seen = words(site()[0])
    assert "not passed yet" in seen and "not measured" in seen
    assert "1,438 kB" in seen and "at most 20 kB" in seen
    assert "0 of 2 gates passed" in seen and "None was used." in seen


def test_the_file_is_self_contained_and_harmless(folder):
    nasty = '<script>alert("x")</script><img src=http://example.org/x.png> {{ 7 * 7 }}'
    gate = GateResult(**vars(GATE) | {"title": nasty, "baseline_name": nasty})
    portfolio.add(
        page(
            title=nasty,
            made=nasty,
            failures=[nasty],
            own=[nasty],
            gates={"gate": gate},
            figures=[(curve(), f'"{nasty}')],
            bill=BILL | {"machine": nasty},
        )
    )
    text, _ = site()
    assert "<script" not in text and "49" not in words(text)
    assert words(text).count(nasty) >= 7
    loaded = re.findall(r"<[^>]*\b(?:src|href)=\"([^\"]*)", text)
    assert {address.partition(",")[0] for address in loaded} == {
        "data:image/png;base64"
    }
    assert "default-src 'none'" in text and "url(" not in text


def test_the_last_page_is_kept_with_its_figures(folder):
    portfolio.add(page(made="First.", figures=[(curve(1), ALT)]))
    portfolio.add(page(made="Second.", figures=[(curve(2), ALT)]))
    portfolio.add(page(made="Third.", figures=[(curve(3), ALT)]))
    kept = [
        json.loads((folder / name).read_text("utf-8"))
        for name in ("week03_mnist.json", "week03_mnist.json.bak")
    ]
    assert [page["made"] for page in kept] == ["Third.", "Second."]
    figures = {figure["file"] for page in kept for figure in page["figures"]}
    assert {path.name for path in (folder / "week03_mnist").iterdir()} == figures
    assert len(figures) == 2
    assert "Third." in words(site()[0])


def test_projects_stand_in_the_order_of_the_weeks(folder):
    portfolio.add(page())
    portfolio.add(page(week="week01_sklearn", title="Who comes back?"))
    made = portfolio.html()
    assert made.weeks == ("week01_sklearn", "week03_mnist")
    seen = words(made.path.read_text("utf-8"))
    assert "2 projects" in seen and seen.count("Who comes back?") == 2


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"made": " … "}, "Say in a sentence or two what you made"),
        ({"made": None}, "Say in a sentence or two what you made"),
        ({"failures": []}, "name at least one thing that did not work"),
        ({"failures": ["…"]}, "name at least one thing that did not work"),
        ({"failures": "it failed"}, "failures is a list of sentences"),
        ({"own": [3]}, "own is a list of sentences"),
        ({"figures": [(curve(), "short")]}, "does not say what the figure shows"),
        ({"figures": [curve()]}, "figures is a list of pairs"),
        ({"figures": [("no figure", ALT)]}, "figures is a list of pairs"),
        ({"figures": curve()}, "figures is a list of pairs"),
        ({"week": "../week03_mnist"}, "cannot be kept: look at 'week'"),
        ({"bill": {"seconds": 1}}, "cannot be kept: look at 'bill'"),
        ({"date": "today"}, "cannot be kept: look at 'date'"),
    ],
)
def test_a_page_that_cannot_be_kept_is_refused_and_the_last_one_stays(
    folder, changed, says
):
    path = portfolio.add(page())
    before = path.read_bytes()
    with pytest.raises(CourseError, match=re.escape(says)):
        portfolio.add(page(**changed))
    assert path.read_bytes() == before
    assert {entry.name for entry in folder.iterdir()} == {path.name, "week03_mnist"}


def test_blank_words_are_told_from_other_trouble(folder):
    with pytest.raises(portfolio.SaysNothing):
        portfolio.add(page(made="…"))
    with pytest.raises(portfolio.SaysNothing):
        portfolio.add(page(failures=["…"]))
    assert not folder.exists()


def test_a_figure_that_cannot_be_drawn_is_a_sentence(folder):
    figure = curve()
    figure.axes[0].set_title(r"$\nonsense$")
    with pytest.raises(CourseError, match="The figure “The loss falls.*cannot be draw"):
        portfolio.add(page(figures=[(figure, ALT)]))


def changed(**parts):
    """A page's file with other parts."""
    path = portfolio.add(page())
    content = json.loads(path.read_text("utf-8")) | parts
    path.unlink()
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (lambda: b"", "is damaged"),
        (lambda: b"{ half", "is damaged"),
        (lambda: b"\xff\xfe\x00", "is damaged"),
        (lambda: b"[" * 100_000, "is damaged"),
        (lambda: changed(bill=BILL | {"seconds": float("nan")}), "is damaged"),
        (lambda: b"[1, 2]", "no page of a portfolio (its parts are other ones)"),
        (lambda: b'{"nbformat": 4}', "no page of a portfolio"),
        (lambda: changed(schema=2, more="parts"), "a newer version of the course"),
        (lambda: changed(made=3), "(look at 'made')"),
        (lambda: changed(bill=BILL | {"seconds": True}), "(look at 'bill.seconds')"),
        (lambda: changed(date="2026-13-01"), "(look at 'date')"),
        (lambda: changed(week="week05_cnn"), "holds the page of week05_cnn"),
        (
            lambda: changed(figures=[{"file": "../../x.png", "alt": ALT}]),
            "(look at 'figures[0].file')",
        ),
    ],
)
def test_a_file_that_is_no_page_is_named_and_left_alone(folder, content, says):
    content = content()
    portfolio.add(page(week="week01_sklearn", title="Who comes back?"))
    path = folder / "week03_mnist.json"
    path.write_bytes(content)
    text, (problem,) = site()
    assert says in problem and str(path) in problem and "\n" not in problem
    assert "left as it is" in problem
    assert "Who comes back?" in words(text)
    with pytest.raises(CourseError, match="Rename it, then run this cell again"):
        portfolio.add(page())
    assert path.read_bytes() == content
    path.rename(path.with_suffix(".old"))
    portfolio.add(page())
    assert site()[1] == ()


def test_a_folder_in_the_place_of_a_page_is_a_sentence(folder):
    portfolio.add(page(week="week01_sklearn"))
    (folder / "week03_mnist.json").mkdir()
    _, (problem,) = site()
    assert "cannot be read" in problem


def test_a_figure_that_is_gone_leaves_its_description(folder):
    portfolio.add(page(figures=[(curve(), ALT)]))
    (picture,) = (folder / "week03_mnist").iterdir()
    picture.unlink()
    text, (problem,) = site()
    assert str(picture) in problem
    assert f"[The picture is gone.] {ALT}" in words(text)


def test_no_project_yet_is_a_sentence(folder):
    with pytest.raises(CourseError, match="There is no project in .* yet"):
        portfolio.html()
    folder.mkdir(parents=True)
    (folder / "week03_mnist.json").write_text("{")
    with pytest.raises(CourseError, match="is damaged.*There is no project"):
        portfolio.html()


def test_a_file_in_the_place_of_the_folder_is_a_sentence(home):
    home.mkdir()
    (home / "my").write_text("")
    with pytest.raises(CourseError, match="cannot be written"):
        portfolio.add(page())


@contextmanager
def files_of_at_most(size):
    """Writing fails beyond `size` bytes: a full disk that needs no root to make."""
    import resource  # Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_disk_that_is_full_leaves_the_last_page_whole(folder):
    path = portfolio.add(page(made="First."))
    index = portfolio.html().path
    before = {file: file.read_bytes() for file in (path, index)}
    with files_of_at_most(2000):
        with pytest.raises(CourseError, match="cannot be written .File too large"):
            portfolio.add(page(made="Second. " * 500))
        with pytest.raises(CourseError, match="cannot be written .File too large"):
            portfolio.html()
    assert {file: file.read_bytes() for file in before} == before
    assert not list(folder.rglob("*.tmp"))
    portfolio.add(page(made="Third."))
    assert "Third." in words(site()[0])


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ("schema", "week", "made", "failures", "figures", "gates", "bill", "own", "date")
ONE = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@ONE
@given(content=st.binary(max_size=60))
def test_any_bytes_are_read_or_named(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "week03_mnist.json"
    path.write_bytes(content)
    assert isinstance(stored.read(path), str)


@ONE
@given(key=st.sampled_from(KEYS), value=PARTS)
def test_any_part_is_shown_or_named(folder, key, value):
    path = folder / "week03_mnist.json"
    path.unlink(missing_ok=True)
    portfolio.add(page())
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(content | {key: value}), encoding="utf-8")
    if isinstance(stored.read(path), str):
        with pytest.raises(CourseError, match="left as it is"):
            portfolio.html()
    else:
        assert "A reader of digits" in words(site()[0])


@settings(ONE, max_examples=25)
@given(numbers=st.lists(st.floats(-1e300, 1e300), min_size=3, max_size=3))
def test_any_scores_have_their_places(folder, numbers):
    bar, baseline, score = numbers
    changed = {"bar": bar, "baseline": baseline, "score": score}
    (folder / "week03_mnist.json").unlink(missing_ok=True)
    portfolio.add(page(gates={"gate": GateResult(**vars(GATE) | changed)}))
    places = re.findall(r'<svg x="([^"]*)%"', site()[0])
    assert all(0 <= float(place) <= 100 for place in places)
    assert len(places) == (3 if len(set(numbers)) > 1 else 0)
