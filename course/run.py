"""Execute one lesson as a learner would, and judge it by its contract.

papermill runs every cell in a fresh kernel. Whatever happens, the run's folder holds
the executed notebook, an HTML page and result.json. nbval's own comparison then looks
at the cells tagged `nbval-check-output`, on whose text the prose relies.
"""

import json
import math
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
from traitlets.config import Config

from course import contract, display, language, lessons, machine, paths
from course.errors import CourseError

SCHEMA_VERSION = 1
CHECKED = "nbval-check-output"
CI_SECONDS = 60


@dataclass
class Result:
    """What one execution gave; `failures` empty means that the contract was kept."""

    lesson: str
    tier: str
    folder: Path
    seconds: float
    record: dict
    failures: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def ram_gb(self) -> float:
        """Peak resident memory of the kernel at its last report, in 10⁹ bytes."""
        return self.record.get("peaks", {}).get("ram", 0) / 1e9

    def as_dict(self, terms: contract.Terms) -> dict:
        metrics = {
            name: metric | {"bound": _bound(terms.bounds.get(name))}
            for name, metric in self.record.get("metrics", {}).items()
        }
        keys = ("settings", "machine", "variants", "peaks", "exercises", "finished")
        keys += ("predictions", "recall", "own")
        return {
            "schema_version": SCHEMA_VERSION,
            "lesson": self.lesson,
            "tier": self.tier,
            "passed": self.passed,
            "failures": self.failures,
            "seconds": round(self.seconds, 2),
            "metrics": metrics,
            **{key: self.record.get(key, {}) for key in keys},
        }


def execute(
    lesson: str,
    tier: str | None = None,
    notebook: Path | None = None,
) -> Result:
    """Run a lesson (or another notebook file of it) and judge the run.

    Raises CourseError for an unknown lesson or tier, or a notebook without `TIER`; a
    cell that fails is no error here but a failure in the result. Ctrl-C is passed on
    after the result is written.
    """
    terms_of = contract.find(lesson)
    tier = machine.pick_tier(tier)
    notebook = notebook or terms_of.notebook
    _check_parameters(notebook)
    folder = _new_folder(lesson, tier)
    executed = folder / notebook.name

    start = time.perf_counter()
    error, stopped = None, None
    try:
        error = _papermill(notebook, executed, folder, tier)
    except KeyboardInterrupt as interrupt:
        error, stopped = "stopped by Ctrl-C", interrupt
    except Exception as unforeseen:
        error = f"the run broke off with {type(unforeseen).__name__}: {unforeseen}"
    seconds = time.perf_counter() - start
    record = _record(folder)
    result = Result(lesson, tier, folder, seconds, record)
    terms = terms_of.terms(tier, record.get("variants"))
    if error:
        result.failures.append(error)
    else:
        result.failures += judge(terms, tier, seconds, record)
        result.failures += compare(notebook, executed)
    _write(folder / "result.json", result.as_dict(terms))
    if executed.is_file():
        _page(executed)
    if stopped:
        raise stopped
    return result


def judge(
    terms: contract.Terms, tier: str, seconds: float, record: dict
) -> Iterator[str]:
    """What a finished run's record breaks of its contract, one sentence each."""
    if not record:
        yield "the notebook never opened its lesson: here = lesson(…) is missing"
        return
    limit = min(
        terms.seconds * display.PATIENCE, CI_SECONDS if tier == "ci" else float("inf")
    )
    if seconds > limit:
        yield f"took {seconds:.0f} s, allowed are {limit:.0f} s"
    ram = record["peaks"]["ram"] / 1e9
    if ram > terms.ram_gb:
        yield f"peak RAM was {ram:.2f} GB, allowed are {terms.ram_gb:g} GB"
    if not record["finished"]:
        yield "the lesson never presented its bill: here.bill() is missing"
    for name, bound in terms.bounds.items():
        metric = record["metrics"].get(name)
        if metric is None:
            yield f"the metric {name} was never recorded"
        elif not bound.allows(metric["value"]):
            yield f"{name} is {metric['value']:.4g}, expected {bound}"
        elif metric["untrained"] is None or math.isnan(metric["untrained"]):
            yield f"{name} has a bound, but its untrained value was not measured"
        elif bound.allows(metric["untrained"]):
            yield (
                f"the bound on {name} ({bound}) would let an untrained model pass, "
                f"which gets {metric['untrained']:.4g}"
            )


def compare(notebook: Path, executed: Path) -> list[str]:
    """Compare the stored outputs of tagged cells with the run's, as nbval does."""
    from nbval.plugin import IPyNbCell, coalesce_streams, nocolors

    stored = {cell.id: cell for cell in _tagged(notebook)}
    failures = []
    for cell in _tagged(executed):
        reference = stored.get(cell.id)
        if reference is None or reference.execution_count is None:
            failures.append(f"cell {cell.id} has no stored output to compare with")
            continue
        # nbval's comparison is a method of its pytest item; this is all that it uses.
        item = SimpleNamespace(
            parent=SimpleNamespace(skip_compare=SKIPPED),
            colors=nocolors,
            sanitize=lambda text: text,
            comparison_traceback=[],
        )
        item.format_output_compare = lambda key, left, right, into=item: (
            into.comparison_traceback.append(f"stored:\n{left}\nnow:\n{right}")
        )
        # One print may arrive in two pieces: joined, as nbval joins them.
        now, before = map(coalesce_streams, (cell.outputs, reference.outputs))
        if not IPyNbCell.compare_outputs(item, now, before):
            told = "\n".join(str(line) for line in item.comparison_traceback)
            failures.append(f"cell {cell.id} printed something else.\n{told}")
    return failures


TRANSPORT = {"transport": "tcp" if os.name == "nt" else "ipc"}
# What nbval leaves out of a comparison, see IPyNbFile.skip_compare in its plugin.
SKIPPED = (
    "metadata",
    "traceback",
    "prompt_number",
    "output_type",
    "name",
    "execution_count",
    "application/vnd.jupyter.widget-view+json",
    "image/png",
    "image/jpeg",
)


def _tagged(path: Path) -> list:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if CHECKED in cell.metadata.get("tags", ())]


def _new_folder(lesson: str, tier: str) -> Path:
    folder = paths.runs() / lesson / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{tier}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise CourseError(
            f"{folder} cannot be made ({error.strerror}): make room, or set "
            "COURSE_HOME to a folder that can be written."
        ) from error
    return folder


def _check_parameters(notebook: Path) -> None:
    """papermill only warns about a parameter that the notebook does not have."""
    import papermill

    try:
        known = papermill.inspect_notebook(str(notebook))
    except FileNotFoundError as error:
        raise CourseError(f"{notebook} is missing: run `course build`.") from error
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise CourseError(
            f"{notebook} is not a notebook: run `course build`, or `course reset` "
            "for your copy."
        ) from error
    if "TIER" not in known:
        raise CourseError(
            f"{notebook.name} has no cell tagged `parameters` that says TIER = None."
        )


def _papermill(notebook: Path, executed: Path, folder: Path, tier: str) -> str | None:
    """Run all cells; return a sentence on the first one that failed, or None."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    try:
        with (
            _sockets() as sockets,
            _environment(
                COURSE_RUN_DIR=str(folder),
                COURSE_TIER=tier,
                COURSE_LANGUAGE=language.of_notebook(notebook.name),
                **sockets,
            ),
        ):
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                parameters={"TIER": tier},
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                cwd=str(folder),
                execution_timeout=3600,
                config=Config(KernelManager=TRANSPORT),
                # else a kernel on TCP warns that it listens on this machine's own
                extra_arguments=["--IPKernelApp.log_level=ERROR"],
            )
    except papermill.PapermillExecutionError as error:
        first = error.source.strip().splitlines()[0][:50]
        return f"the cell “{first}” raised {error.ename}: {error.evalue}"
    except DeadKernelError:
        return "the kernel died, most likely for lack of memory"
    except CellTimeoutError:
        return "a cell ran for over an hour and was stopped"
    return None


@contextmanager
def _sockets() -> Iterator[dict[str, str]]:
    """Let a kernel talk through files; Windows has TCP only. Yields an environment.

    Two kernels that start at once may draw the same TCP port, and one of them dies.
    The folder has a short path, since a socket's may have some hundred letters only.
    """
    if os.name == "nt":
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="course-", dir="/tmp") as folder:
        yield {"JUPYTER_RUNTIME_DIR": folder}


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _record(folder: Path) -> dict:
    """What the lesson reported while it ran; empty if it did not get that far."""
    path = folder / lessons.RECORD
    if not path.is_file():
        return {}
    record = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return record


def _page(executed: Path) -> None:
    from nbconvert import HTMLExporter

    notebook = nbformat.read(executed, as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                # A progress bar rewrites its line; only its last state is for a page.
                output.text = re.sub(r"[^\n]*\r(?!\n)", "", output.text)
    html, _ = HTMLExporter().from_notebook_node(notebook)
    executed.with_suffix(".html").write_text(html, encoding="utf-8")


def _bound(bound: contract.Bound | None) -> dict | None:
    return bound and {"min": bound.minimum, "max": bound.maximum}


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
