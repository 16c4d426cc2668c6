"""docs/faults.md says what the tests of faults have seen, and nothing else."""

import ast
import re
from pathlib import Path

import faults
import pytest

ROOT = Path(__file__).resolve().parent.parent
USE = re.compile(r"faults\.said\(f?\"([^\"]+)\"")


def body(test: str) -> str:
    """The source of the function that a row names."""
    file, name = test.split("::")
    source = (ROOT / file).read_text("utf-8")
    found = [
        ast.get_source_segment(source, node)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert len(found) == 1, f"{test} does not exist"
    return found[0]


@pytest.mark.parametrize("name", faults.TABLE)
def test_each_sentence_is_compared_by_the_test_that_its_row_names(name):
    """Also where the test makes the name: "code_{fault.__name__}"."""
    test = faults.TABLE[name]["test"]
    patterns = [re.sub(r"\{.+?\}", "*", use) for use in USE.findall(body(test))]
    assert any(re.fullmatch(p.replace("*", r"\w+"), name) for p in patterns), patterns


def test_each_test_of_a_fault_has_a_row():
    rows = {row["test"] for row in faults.TABLE.values()}
    for path in sorted(Path(__file__).parent.glob("test_faults_*.py")):
        if path != Path(__file__):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    assert f"tests/{path.name}::{node.name}" in rows


def test_a_sentence_that_is_not_said_is_noticed():
    with pytest.raises(AssertionError, match="seen: nothing of the kind"):
        faults.said("interrupted_install", "nothing of the kind")
    with pytest.raises(AssertionError):
        faults.said("two_kernels", "a fault of which nobody should hear")


def test_the_page_is_the_table():
    page = faults.PAGE.read_text("utf-8")
    assert page == faults.page(), "run `python tests/faults.py`"
