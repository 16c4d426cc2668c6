"""What a notebook holds in its hand: `here = lesson("week03_mnist/03_train_mnist")`.

It shows the contract as a card, gives settings, data and exercises, asks for what was
taught before and for predictions, collects metrics, and presents the bill. When
`course run` executes the notebook, everything is also written to the run's folder at
once, so that a failed run still leaves a record.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from course import assets, contract, display, machine, panel, paths, portfolio
from course import recall as recalling
from course.errors import CourseError
from course.exercises import Gate, load_exercise, progress
from course.predictions import CLOSE, OPEN, RIGHT, Prediction
from course.stopwatch import Stopwatch
from course.vram import measure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RECORD = "lesson.json"


def lesson(name: str, tier: str | None = None) -> "Lesson":
    """Open a lesson, show its contract, and return the handle that its cells use.

    `tier` wins over the variable COURSE_TIER, which wins over what this machine is.
    Raises CourseError for an unknown lesson or tier, or a missing extra.
    """
    opened = _opened(contract.find(name), machine.pick_tier(tier))
    panel.show(display.contract_card(opened))
    return opened


_in_kernel: dict[tuple[str, str], "Lesson"] = {}


def _opened(terms_of: contract.Contract, tier: str) -> "Lesson":
    """A lesson; in a notebook, whose cells run again, the one that is already open."""
    from IPython import get_ipython

    if get_ipython() is None:
        return Lesson(terms_of, tier)
    key = terms_of.id, tier
    if key in _in_kernel:
        _in_kernel[key].restart()
    else:
        _in_kernel[key] = Lesson(terms_of, tier)
    return _in_kernel[key]


class Lesson:
    """One opened lesson; see the module's first lines."""

    def __init__(self, terms_of: contract.Contract, tier: str):
        _need(terms_of)
        self.contract = terms_of
        self.tier = tier
        self.machine = machine.here()
        self.settings = SimpleNamespace()
        self.metrics: dict[str, dict] = {}
        self.exercises: dict[str, str] = {}
        self.predictions: dict[str, Prediction] = {}
        self.own: dict[str, str] = {}  # kind of data -> "yours" or "shipped"
        self.recall: dict[str, int] = {}
        self._gates: dict[str, Gate] = {}
        self._warm_up: recalling.Round | None = None
        self._stopwatch = Stopwatch()
        self._billed = False
        self.restart()

    def restart(self) -> None:
        """Settings as the contract has them; what was done and measured stays."""
        self.variants: dict[str, str] = {}
        self.terms = self.contract.terms(self.tier)
        vars(self.settings).clear()  # in place: a notebook holds on to the object
        vars(self.settings).update(self.terms.settings)
        self._record()

    @property
    def folder(self) -> Path:
        """Where this lesson may write: the run's folder, or one under .course/."""
        run = os.environ.get("COURSE_RUN_DIR")
        folder = Path(run) if run else paths.state() / "lessons" / self.contract.id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def load(self, asset: str):
        """The lesson's data. Settings that depend on the variant change with it.

        Raises CourseError if the contract does not name the asset, or if no source
        has it.
        """
        if asset not in self.contract.assets:
            raise CourseError(
                f"{self.contract.id} does not list the asset {asset!r}: "
                "add it to 'assets' in lessons.toml."
            )
        data = assets.load(asset)
        before = self.terms.settings
        self.variants[asset] = data.variant
        self.terms = self.contract.terms(self.tier, self.variants)
        changed = {
            key: value
            for key, value in self.terms.settings.items()
            if before[key] != value
        }
        vars(self.settings).update(changed)
        if data.banner:
            panel.show(display.banner(data.banner, changed))
        self._record()
        return data

    def exercise(self, name: str):
        """One of the week's exercises, ready to check, hint, solve and use."""
        exercise = load_exercise(
            self.contract.exercise(name), self.contract.id, self.tier
        )
        self.exercises.setdefault(name, self._earned(name))
        exercise.on_outcome = self._outcome
        if isinstance(exercise, Gate):
            self._gates[name] = exercise
        self._record()
        return exercise

    def warm_up(self, answers: str = "") -> None:
        """Ask three questions on what came before; `answers` has a letter for each."""
        if self._warm_up is None:
            self._warm_up = recalling.warm_up(self.contract, recorded=not _in_run())
        asked = self._warm_up
        panel.show(asked.shown(answers))
        results, _ = asked.grade(answers)
        made = [result for result in results if result is not None]
        self.recall = {"asked": len(results), "made": len(made), "right": sum(made)}
        if not _in_run():
            recalling.note(asked, answers, self.contract.id, self.tier)
        self._record()

    def predict(
        self, name: str, guess=None, *, choices: Sequence[str] = (), unit: str = ""
    ) -> None:
        """Take a prediction before a cell that decides it: a choice, or a number.

        A guess of None, or one that makes no sense, stops nothing.
        """
        asked = self.predictions.get(name)
        if asked is None or asked.choices != tuple(choices):
            asked = self.predictions[name] = Prediction(name, tuple(choices), unit)
        panel.show(asked.ask(guess))
        self._record()

    def outcome(self, name: str, value: str | float, close: float = CLOSE) -> None:
        """Show how a prediction came out, the guess beside it.

        `value` is a choice's text or a number; a number was predicted rightly within
        `close` times the outcome.
        """
        asked = self.predictions.get(name)
        if asked is None:  # cells ran out of order
            text = "The cell with the prediction has not been run: run it, then this."
            panel.show(panel.note(text))
            return
        known = asked.outcome is not None
        panel.show(asked.reveal(value, close))
        if not (known or _in_run() or asked.status == OPEN):
            status = "passed" if asked.status == RIGHT else "not yet"
            told = f"{asked.shown(asked.guess)} | {asked.shown(asked.outcome)}"
            progress.record(
                self.contract.id, name, "prediction", status, told, self.tier
            )
        self._record()

    def mine(self, kind: str):
        """The learner's own "digits", "photos" or "text" from my/, or the shipped ones.

        Raises CourseError for another kind.
        """
        from course import own

        data = own.load(kind)
        self.own[kind] = data.source
        self._record()
        return data

    def portfolio(
        self,
        *,
        made: str,
        failures: Sequence[str],
        figures: Sequence[tuple["Figure", str]] = (),
    ) -> None:
        """Add this project's page to the portfolio: what was made, and what failed.

        `figures` are pairs (figure, alt text). Gates, bill and own data come from the
        lesson. Blank words are asked for and add no page. Raises CourseError for
        a figure without an alt text, or a page that cannot be written.
        """
        peaks = measure.peaks()
        vram = peaks.reserved
        page = portfolio.Page(
            week=self.contract.week,
            lesson=self.contract.id,
            title=self.contract.title,
            made=made,
            failures=failures,
            figures=figures,
            gates={name: gate.result() for name, gate in self._gates.items()},
            bill={
                "seconds": self.seconds,
                "ram_gb": peaks.ram / 1e9,
                "vram_gb": None if vram is None else vram / 1e9,
                "machine": display.machine_in_words(self.machine),
                "tier": self.tier,
            },
            own=[kind for kind, source in self.own.items() if source == "yours"],
            date=f"{date.today():%Y-%m-%d}",
        )
        try:
            shown = display.page_kept(portfolio.add(page))
        except portfolio.SaysNothing as blank:  # as shipped: Run All reaches the end
            shown = panel.note(str(blank), panel.AMBER)
        panel.show(shown)

    def metric(self, name: str, value: float, untrained: float | None = None) -> None:
        """Record a result. A bounded one also needs what an untrained model gets.

        Raises CourseError if the contract bounds the metric and `untrained` is missing.
        """
        if name in self.terms.bounds and untrained is None:
            raise CourseError(
                f"The metric {name!r} has a bound: also measure what a model that "
                "learnt nothing gets, and pass it as untrained=…"
            )
        self.metrics[name] = {
            "value": _number(name, value),
            "untrained": None if untrained is None else _number(name, untrained),
        }
        self._record()

    def bill(self) -> None:
        """Show what the lesson cost and what it reached, beside what was promised."""
        panel.show(display.bill(self))
        self._billed = True
        if not _in_run():
            recalling.finished(self.contract.id, self.tier)
        self._record()

    @property
    def seconds(self) -> float:
        """Computing time of its cells so far."""
        return self._stopwatch.seconds

    def _earned(self, name: str) -> str:
        """What an exercise counts as before a check: a pass of another day stays."""
        answered = {} if _in_run() else progress.table().get(self.contract.id, {})
        passed = name in answered and answered[name].best == "passed"
        return "passed" if passed else "not attempted"

    def _outcome(self, name: str, outcome) -> None:
        if self.exercises.get(name) != "passed":  # a pass, once earned, stays
            self.exercises[name] = outcome.status
        self._record()

    def _record(self) -> None:
        """Leave the state of the lesson in the run's folder, if there is a run."""
        if not _in_run():
            return
        record = {
            "lesson": self.contract.id,
            "tier": self.tier,
            "settings": vars(self.settings),
            "variants": self.variants,
            "metrics": self.metrics,
            "exercises": self.exercises,
            "predictions": {
                name: asked.status for name, asked in self.predictions.items()
            },
            "recall": self.recall,
            "own": self.own,
            "peaks": measure.peaks().as_dict(),
            "machine": asdict(self.machine),
            "finished": self._billed,
        }
        path = self.folder / RECORD
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(record, default=str), encoding="utf-8")
        os.replace(temporary, path)


def _in_run() -> bool:
    """Whether `course run` executes this notebook, and no learner does."""
    return "COURSE_RUN_DIR" in os.environ


def _number(name: str, value) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise CourseError(
            f"The metric {name!r} needs a number, not {type(value).__name__}."
        ) from error


def _need(terms_of: contract.Contract) -> None:
    """Refuse a lesson whose extras are not installed, before its first import fails."""
    from importlib.util import find_spec

    probes = {"torch": "torch", "llm": "transformers"}
    missing = [
        name for name in terms_of.extras if find_spec(probes.get(name, name)) is None
    ]
    if missing:
        raise CourseError(
            f"{terms_of.id} needs {' and '.join(missing)}, which this environment "
            "lacks (a --lite install, perhaps): run `python3 start.py --full` once, "
            "then restart the kernel."
        )
