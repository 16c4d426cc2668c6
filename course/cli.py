"""`course …`: every command in one place; each is a few lines over the library."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from course import paths
from course.errors import CourseError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. A CourseError prints its sentence."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments) or 0
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description="Twelve Gigabytes")
    commands = parser.add_subparsers(metavar="command", required=True)

    def command(name, function, text):
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=function)
        return added

    added = command(
        "doctor", _doctor, "what is wrong with this machine, and the remedy"
    )
    added.add_argument("--json", action="store_true", help="for programs")
    added.add_argument("--report", action="store_true", help="to paste into a forum")

    command("list", _list, "all lessons, with minutes and what they cost")
    command("progress", _progress, "what you have done, week by week")
    command("review", _review, "ten questions that are due today")
    added = command("path", _path, "the lessons that lead somewhere, with minutes")
    added.add_argument("name", help="tables, pictures, language or everything")
    added = command("concepts", _concepts, "the graph of terms, or all about one")
    added.add_argument("name", nargs="?", help="a term, such as momentum")
    command("portfolio", _portfolio, "one page of the projects you finished")

    added = command("run", _run, "execute one lesson and judge it by its contract")
    added.add_argument("lesson")
    added.add_argument("--tier", help="in place of this machine's own")

    added = command("measure", _measure, "run a lesson and record what it took")
    added.add_argument("lesson")
    added.add_argument("--tier", default="cpu")

    added = command("fetch", _fetch, "download what lessons need, before you need it")
    added.add_argument(
        "names", nargs="*", help="weeks, lessons or assets (default: all)"
    )

    added = command("build", _build, "make the notebooks from their sources")
    added.add_argument("lessons", nargs="*")
    added.add_argument("--check", action="store_true", help="only compare, and lint")
    added.add_argument(
        "--outputs", action="store_true", help="execute tagged cells again"
    )

    command("copy", _copy, "copy lessons that are not yet in work/")
    added = command(
        "reset", _reset, "restore your copy of a lesson, keeping the old one"
    )
    added.add_argument("lesson")
    command("update", _update, "get the newest lessons; what you edited is kept")
    added = command("clean", _clean, "delete runs/ (never work/, my/ or your progress)")
    added.add_argument("--cache", action="store_true", help="the downloads, too")

    added = command("test", _test, "all that CI runs")
    added.add_argument("parts", nargs="*", help="only these parts")
    return parser


def _doctor(arguments) -> int:
    from course import doctor

    flags = [f"--{name}" for name in ("json", "report") if getattr(arguments, name)]
    return doctor.main(flags)


def _list(arguments) -> None:
    from rich.console import Console
    from rich.table import Table

    from course import contract

    table = Table("lesson", "title", "minutes", "on a laptop", "memory", box=None)
    for lesson in contract.contracts().values():
        seen = contract.measured(lesson.week).get(lesson.name, {}).get("cpu")
        table.add_row(
            lesson.id,
            lesson.title,
            str(lesson.minutes() or "?"),
            f"{seen['seconds']:.0f} s" if seen else "not measured",
            f"{seen['ram_gb']:.1f} GB" if seen else "",
        )
    Console().print(table)


def _progress(arguments) -> None:
    from rich.console import Console
    from rich.table import Table

    from course import contract
    from course.exercises import progress

    known, answers = contract.contracts().values(), progress.table()
    for week, title in contract.week_titles().items():
        table = Table("lesson", "passed", "attempts", "last", "still open", box=None)
        table.title, table.title_justify = f"{week}: {title}", "left"
        for lesson in (lesson for lesson in known if lesson.week == week):
            entries = answers.get(lesson.id, {})
            names = lesson.exercises()
            passed = [n for n in names if n in entries and entries[n].best == "passed"]
            table.add_row(
                lesson.name,
                f"{len(passed)} of {len(names)}",
                str(sum(entry.attempts for entry in entries.values())),
                max((entry.last[:10] for entry in entries.values()), default=""),
                ", ".join(name for name in names if name not in passed),
            )
        Console().print(table, "")


def _review(arguments) -> None:
    from course import recall

    recall.in_terminal()


def _path(arguments) -> None:
    from rich.console import Console
    from rich.table import Table

    from course import syllabus

    lessons = syllabus.path(arguments.name)
    table = Table("lesson", "title", "minutes", box=None)
    for lesson in lessons:
        minutes = "planned" if lesson.planned else str(lesson.minutes() or "?")
        table.add_row(lesson.id, lesson.title, minutes)
    Console().print(table)
    written = [lesson for lesson in lessons if not lesson.planned]
    total = sum(lesson.minutes() or 0 for lesson in written)
    print(f"\n{len(written)} of {len(lessons)} are written: {total} minutes.")


def _concepts(arguments) -> None:
    from course.authoring import graph, pages

    if arguments.name:
        print(pages.concept_card(arguments.name))
    else:
        print(f"Drawn: {graph.draw(paths.runs() / 'concepts.svg')}")


def _portfolio(arguments) -> None:
    from course import portfolio

    site = portfolio.html()
    for problem in site.problems:
        print(problem, file=sys.stderr)
    print(f"Your portfolio: {site.path}")


def _run(arguments) -> int:
    from course.run import execute

    result = execute(arguments.lesson, arguments.tier)
    print(f"{result.lesson} at {result.tier}: {result.seconds:.0f} s", end=", ")
    print(f"{result.ram_gb:.2f} GB RAM. See {result.folder}")
    for name, metric in result.record.get("metrics", {}).items():
        print(f"  {name} {metric['value']:.4g}")
    for failure in result.failures:
        print(f"  failed: {failure}")
    return 0 if result.passed else 1


def _measure(arguments) -> None:
    from course.authoring import build
    from course.contract import find
    from course.measuring import measure

    result = measure(arguments.lesson, arguments.tier)
    build.write(find(arguments.lesson))  # its minutes contain the waiting
    print(f"{result.lesson} at {arguments.tier}: {result.seconds:.0f} s, recorded.")


def _fetch(arguments) -> None:
    from course import assets, contract, machine

    known, tier = contract.contracts(), machine.pick_tier()
    wanted: dict[str, None] = {}  # an ordered set
    for name in arguments.names or known:
        lessons = [
            lesson for id_, lesson in known.items() if name in (id_, lesson.week)
        ]
        if lessons:
            wanted |= dict.fromkeys(
                a for lesson in lessons for a in lesson.needed(tier)
            )
        else:
            wanted[assets.asset(name).name] = None  # says what is wrong with the name
    for name in wanted:
        fetched = assets.fetch(name)
        print(
            f"{name}: {fetched.variant} from the {fetched.source}, "
            f"{fetched.bytes / 1e6:.0f} MB in {fetched.seconds:.1f} s. "
            f"Licence: {fetched.licence}."
        )
    if not wanted:
        print("Nothing to download.")


def _build(arguments) -> int:
    from course import contract
    from course.authoring import build, lint, pages

    if arguments.check:
        problems = build.stale() or lint.lint() + pages.stale()
        print(
            "\n".join(problems) or "All notebooks are up to date and pass the linter."
        )
        return 1 if problems else 0
    chosen = arguments.lessons or contract.contracts()
    for lesson in map(contract.find, chosen):
        if arguments.outputs:
            build.write_outputs(lesson)
            print(f"{lesson.id}: built, outputs stored")
        else:
            print(f"{lesson.id}: {'built' if build.write(lesson) else 'unchanged'}")
    for page in pages.write():
        print(f"{page}: written")
    if not build.repository():
        print(
            "The Colab badges carry a placeholder: [tool.course] repository in "
            "pyproject.toml is empty."
        )
    return 0


def _copy(arguments) -> None:
    from course import workspace

    made = workspace.copy_lessons()
    print(f"{len(made)} new in {paths.work()}" if made else "Nothing new to copy.")


def _reset(arguments) -> None:
    from course import workspace

    old = workspace.reset(arguments.lesson)
    print(f"{arguments.lesson} is as new.", f"Your old copy: {old}" if old else "")


def _update(arguments) -> None:
    from course import workspace

    if paths.CHECKOUT and (paths.CHECKOUT / ".git").exists():
        problem = _pull(paths.CHECKOUT)
        if problem:
            print(f"`git pull` did not work ({problem}); copying what is here.")
    refreshed, kept = workspace.update()
    for path in refreshed:
        print(f"new: {path}")
    for path in kept:
        print(f"kept, since you edited it (`course reset` gets the new one): {path}")
    if not refreshed and not kept:
        print("Your lessons are up to date.")


def _pull(checkout: Path) -> str:
    """Bring the checkout up to date; return why that did not work, or nothing."""
    try:
        pulled = subprocess.run(
            ["git", "-C", str(checkout), "pull", "--ff-only"],
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        return "git is not installed"
    if pulled.returncode == 0:
        return ""
    return (pulled.stderr.strip().splitlines() or ["unknown"])[-1]


def _clean(arguments) -> None:
    folders = [paths.runs()]
    if arguments.cache:
        # COURSE_CACHE may name a folder with other things in it: only downloads go.
        folders += [
            manifest.parent for manifest in paths.cache().glob("*/*/manifest.json")
        ]
    for folder in filter(Path.exists, folders):
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise CourseError(
                f"{folder} cannot be deleted ({error.strerror}): close what uses it, "
                "or delete it by hand."
            ) from error
        print(f"deleted: {folder}")


def _test(arguments) -> int:
    from course.authoring import proof

    return proof.main(arguments.parts)
