"""The command line: python3 -m grader COMMAND."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any, Sequence

from grader import course, earlier, run, version
from grader import lab as labs
from grader import result as results
from grader.errors import GraderError, StoreError
from grader.gradebook import read_roster, to_csv
from grader.lab import ROOT, Lab

FAILED, WRONG, INTERRUPTED = 1, 2, 130


def _labs(options: argparse.Namespace) -> list[Lab]:
    names = [name for word in options.lab or ["lab1"] for name in word.split(",")]
    found = [labs.load(labs.find(name)) for name in names]
    if len({lab.id for lab in found}) != len(found):
        raise GraderError(f"--lab {','.join(names)}: name each lab once")
    return found


def write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from None
    results.write_whole(path, data)


# ---- commands ----


def grade(options: argparse.Namespace) -> int:
    chosen = _labs(options)
    out = course.folder(chosen, options.out).resolve()
    if options.jobs < 1:
        raise GraderError(f"--jobs={options.jobs}: at least one job is needed")
    earlier.check_names(chosen, options.with_reference)
    missing = 0
    for lab in chosen:
        plan = run.Plan(
            lab=lab,
            submissions=Path(options.submissions),
            out=course.results_folder(chosen, lab, out),
            jobs=options.jobs,
            seed=version.normal_seed(options.seed) if options.seed else None,
            only=tuple(options.only),
            again=options.again,
            park_after=options.park_after,
            only_handed_in=len(chosen) > 1,
            pytest_args=tuple(options.pytest_args),
            **_tools(options),
        )
        tally = run.grade(plan)
        for line in run.summary(tally):
            print(line)
        missing += len(tally.ungraded)
    if not options.no_report:
        books = course.read(chosen, out)
        gradebook = out / "gradebook.csv"
        write(gradebook, to_csv(books).encode("utf-8"))
        from grader import report

        overview = report.write_all(books, out)
        print(f"Gradebook: {_near(gradebook)}  Overview: {_near(overview)}")
    return FAILED if missing else 0


def _tools(options: argparse.Namespace) -> dict[str, Any]:
    """What a plan says of this machine, from the flags of _machine."""
    return {
        "sandbox": options.sandbox,
        "total_s": options.total_s,
        "kit": options.kit.resolve(),
        "judges": options.judges.resolve(),
        "confine": options.confine.resolve(),
        "reference": options.reference.resolve(),
        "with_reference": tuple(options.with_reference),
        "toolbox": options.toolbox,
    }


def _near(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def collect(options: argparse.Namespace) -> int:
    chosen = _labs(options)
    if options.column and len(chosen) > 1:
        raise GraderError("--column names the column of one lab; leave it out")
    out = course.folder(chosen, options.out)
    books = course.read(chosen, out)
    roster = read_roster(Path(options.roster)) if options.roster else None
    text = to_csv(books, options.column, roster)
    if options.to == "-":
        sys.stdout.write(text)
        return 0
    target = Path(options.to) if options.to else out / "gradebook.csv"
    write(target, text.encode("utf-8"))
    rows = course.rows(books)
    missing = sum(not row.complete for row in rows)
    print(
        f"{target}: {len(rows) - missing} grades"
        + (
            f"; {missing} students without a grade have an empty cell"
            if missing
            else ""
        )
    )
    return 0


def report(options: argparse.Namespace) -> int:
    from grader import report as pages

    chosen = _labs(options)
    out = course.folder(chosen, options.out)
    books = course.read(chosen, out)
    overview = pages.write_all(books, out)
    print(f"{overview} and {len(course.rows(books))} pages in {out / 'students'}")
    return 0


def export(options: argparse.Namespace) -> int:
    chosen = _labs(options)
    out = course.folder(chosen, options.out)
    books = course.read(chosen, out)
    target = Path(options.to) if options.to else None
    if options.format == "csv":
        target = target or out / "gradebook.csv"
        write(target, to_csv(books).encode("utf-8"))
    elif options.format == "junit":
        from grader import junit

        target = target or out / "junit.xml"
        write(target, junit.to_xml(r for book in books for r in book.results))
    else:
        from grader import gradescope

        target = target or out / "gradescope"
        rows = course.rows(books)
        for row in rows:
            if row.complete:
                write(
                    target / row.student.file / "results.json",
                    gradescope.dump(gradescope.results_json(row)),
                )
        left = sum(not row.complete for row in rows)
        if left:
            print(f"{left} students without a complete grade are left out")
    print(target)
    return 0


def diff(options: argparse.Namespace) -> int:
    from grader import diff as differences

    chosen = _labs(options)
    places = [Path(f) for f in options.folders] or [course.folder(chosen, options.out)]
    for lab in chosen:
        if len(chosen) > 1:
            print(lab.label)
        folders = [course.results_folder(chosen, lab, place) for place in places]
        for line in differences.compare(folders):
            print(line)
    return 0


def check(options: argparse.Namespace) -> int:
    failed = False
    for lab in _labs(options) if options.lab else labs.every():
        wrong = labs.check(lab, options.judges)
        for sentence in wrong:
            print(sentence)
        if wrong:
            failed = True
            continue
        print(
            f"{lab.label}: lab.toml and the judges agree: "
            f"{len(lab.of('public'))} public and {len(lab.of('hidden'))} hidden tests, "
            f"each counted once, {lab.points:g} points"
        )
    return FAILED if failed else 0


def examples(options: argparse.Namespace) -> int:
    from grader import examples as collection

    count = collection.assemble(
        _labs(options),
        Path(options.folder),
        options.mutants,
        every_attack=options.every_attack,
    )
    print(f"{options.folder}: {count} submissions")
    return 0


def gradescope_run(options: argparse.Namespace) -> int:
    from grader import gradescope

    chosen = _labs(options)
    folder = Path(options.folder)
    earlier.check_names(chosen, options.with_reference)
    source = gradescope.submission(folder)
    entries = []
    for lab in chosen:
        plan = run.Plan(
            lab=lab,
            submissions=folder,
            out=course.results_folder(chosen, lab, folder / "grading"),
            park_after=10_000,
            only_handed_in=len(chosen) > 1,
            **_tools(options),
        )
        tally = run.grade(plan, [source])
        result = next(iter(tally.results.values()), None)
        if result is not None and not result.complete:
            raise GraderError(
                f"this submission could not be graded: {result.note}; "
                "run the autograder again. No score was stored"
            )
        entries.append(course.Entry(lab, result))
    gradescope.write_results(course.Row(source.student, tuple(entries)), folder)
    return 0


def package_gradescope(options: argparse.Namespace) -> int:
    from grader import gradescope

    chosen = _labs(options)
    name = "-".join(lab.slug for lab in chosen)
    target = (
        Path(options.to) if options.to else ROOT / "build" / f"gradescope-{name}.zip"
    )
    count = gradescope.package(chosen, target)
    print(f"{target}: {count} files; upload it under Configure Autograder")
    return 0


# ---- arguments ----


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python3 -m grader",
        description="Grades submissions of a lab, each built and run in a sandbox, and "
        "makes gradebooks and reports of the results.",
        epilog="Every command has its own help: python3 -m grader grade --help",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(
        name: str, function: object, text: str, more: str = "", out: bool = False
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=f"{text}. {more}")
        sub.set_defaults(function=function)
        sub.add_argument(
            "--lab",
            action="append",
            metavar="LAB",
            help="an id such as lab1, or the path of a lab.toml; several with commas "
            "or by several --lab (default: lab1)",
        )
        if out:
            sub.add_argument(
                "--out",
                metavar="DIR",
                help="the folder of the results, of several labs with a folder each "
                "(default: build/grades/LAB, or build/grades)",
            )
        return sub

    sub = add(
        "grade",
        grade,
        "grade a folder of submissions",
        "Grades what is not graded yet: run it again after an interruption, or "
        "with more submissions. Arguments after -- go to pytest, for example: "
        "-- -k Placement",
        out=True,
    )
    sub.add_argument(
        "submissions",
        metavar="SUBMISSIONS",
        help="a folder with one "
        "folder, .zip or .tar.gz a student, or Gradescope's bulk export "
        "(folder or .zip)",
    )
    sub.add_argument(
        "--jobs",
        type=int,
        default=run.default_jobs(),
        metavar="N",
        help="submissions graded at once (default: one a core)",
    )
    sub.add_argument(
        "--seed",
        metavar="0xHEX",
        help="the seed of all random inputs "
        "(default: the same for all students, from the lab's version)",
    )
    sub.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="STUDENT",
        help="grade this student; can be given several times",
    )
    sub.add_argument(
        "--again",
        action="store_true",
        help="grade again what is graded; "
        "an earlier grade stays until the new one is complete",
    )
    sub.add_argument(
        "--park-after",
        type=float,
        metavar="S",
        help="put off a submission when one of its tests takes longer "
        "(default: from lab.toml)",
    )
    sub.add_argument(
        "--no-report",
        action="store_true",
        help="write neither the gradebook nor the pages at the end",
    )
    _machine(sub)

    sub = add(
        "collect",
        collect,
        "write the gradebook (CSV with Canvas's columns)",
        "Students without a complete grade get an empty cell.",
        out=True,
    )
    sub.add_argument(
        "--roster",
        metavar="CSV",
        help="a gradebook exported from "
        "Canvas; its students, ids and sections are kept",
    )
    sub.add_argument(
        "--column",
        metavar="NAME",
        help="the assignment's column (default: the lab's title)",
    )
    sub.add_argument(
        "--to",
        metavar="FILE",
        help="where to write, - for the terminal "
        "(default: gradebook.csv in the results' folder)",
    )

    add(
        "report",
        report,
        "write a page for each student and an overview of the class",
        "The pages in students/ can be handed out; the overview names hidden tests.",
        out=True,
    )

    sub = add(
        "export",
        export,
        "write the results in another format",
        "gradescope: one results.json a student; csv: the gradebook; junit: XML.",
        out=True,
    )
    sub.add_argument("format", choices=("gradescope", "csv", "junit"))
    sub.add_argument("--to", metavar="PATH", help="where to write")

    sub = add(
        "diff",
        diff,
        "show whose grade changed, and through which tests",
        "With one folder: each student's previous grade against the current one.",
        out=True,
    )
    sub.add_argument(
        "folders",
        nargs="*",
        metavar="DIR",
        help="the older and the newer results' folder, or one folder",
    )

    sub = add(
        "check",
        check,
        "check that lab.toml and the judges agree",
        "Every graded test must be in its judge, and count exactly once. Without "
        "--lab: all labs.",
    )
    sub.add_argument("--judges", type=Path, default=ROOT / "build/judge", metavar="DIR")

    sub = add(
        "examples",
        examples,
        "make a folder of example submissions",
        "The reference, the starter, several wrong and several hostile ones, each with "
        "the files of the labs that it is about.",
    )
    sub.add_argument("folder", metavar="DIR")
    sub.add_argument(
        "--mutants",
        type=int,
        default=8,
        metavar="N",
        help="how many wrong ones a lab (default: %(default)s)",
    )
    sub.add_argument(
        "--every-attack",
        action="store_true",
        help="all hostile ones, not only those that attack.toml calls examples",
    )

    sub = add(
        "gradescope-run",
        gradescope_run,
        "grade one submission on Gradescope",
        "Reads FOLDER/submission and submission_metadata.json, writes "
        "FOLDER/results/results.json.",
    )
    sub.add_argument("--folder", default="/autograder", metavar="FOLDER")
    _machine(sub)

    sub = add(
        "package-gradescope",
        package_gradescope,
        "make the autograder's zip for Gradescope",
        "It holds the sources of the judges and the kit, and of the solution only the "
        "files of earlier labs that are lent.",
    )
    sub.add_argument("--to", metavar="ZIP")
    return top


def _machine(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--sandbox",
        default="auto",
        choices=("auto", "full", "reduced", "none"),
        help="how student code is shut in (default: auto, the best that "
        "works on this machine)",
    )
    sub.add_argument(
        "--total-s",
        type=int,
        metavar="S",
        help="time of all tests of " "one submission (default: from lab.toml)",
    )
    sub.add_argument(
        "--with-reference",
        action="append",
        default=[],
        metavar="FILE",
        help="build with the reference's FILE of an earlier lab, such as ring.c, even "
        "if the student's own is there; can be given several times",
    )
    for name, what in (
        ("kit", "kit"),
        ("judges", "judge"),
        ("confine", "confine"),
        ("reference", "reference"),
    ):
        sub.add_argument(
            f"--{name}",
            type=Path,
            default=ROOT / "build" / what,
            metavar="PATH",
            help=f"default: build/{what}",
        )
    sub.add_argument("--toolbox", default="", help=argparse.SUPPRESS)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    for_pytest: list[str] = []
    if "--" in given:
        at = given.index("--")
        given, for_pytest = given[:at], given[at + 1 :]
    options = parser().parse_args(given)
    if for_pytest and options.command != "grade":
        parser().error("only the command grade takes arguments after --")
    options.pytest_args = for_pytest
    if arguments is None:
        signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(options.function(options))
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print(
            "\ngrader: stopped; the same command goes on where it was", file=sys.stderr
        )
        return INTERRUPTED
    except BrokenPipeError:  # for example: ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        print(f"grader: {error}", file=sys.stderr)
        return WRONG
