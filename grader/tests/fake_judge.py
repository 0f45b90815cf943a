#!/usr/bin/python3 -IS
"""A judge for the grader's own tests: same command line, verdicts by a script.

The host is a text of lines "TEST WORD MORE...", where WORD is fail, hang SECONDS,
slow SECONDS, die, infra, garbage, flaky FILE (dies unless FILE exists). A test
without a line passes. The tests it has are in a file beside it, NAME.tests.
"""
import json
import os
import sys
import time


def emit(file, test, verdict, kind="", message="", ms=1):
    file.write(
        json.dumps(
            {
                "test": test,
                "verdict": verdict,
                "kind": kind,
                "message": message,
                "seed": "0x1",
                "ms": ms,
            }
        )
        + "\n"
    )
    file.flush()


def main():
    with open(os.path.realpath(sys.argv[0]) + ".tests") as file:
        have = file.read().split()
    flags = dict(a[2:].partition("=")[::2] for a in sys.argv[1:])
    if "gtest_list_tests" in flags:
        for name in have:
            print("{}.\n  {}".format(*name.split(".")))
        return 0
    script = {}
    with open(flags["host"], errors="surrogateescape") as file:
        for line in file:
            words = line.split(None, 2)
            if len(words) > 1:
                script[words[0]] = words[1:]
    if os.environ.get("HOME"):
        return 9  # the judge is given a bare environment
    failed = 0
    with open(flags["results"], "a") as out:
        for test in have:
            if test not in flags["gtest_filter"].split(":"):
                continue
            word, more = (script.get(test, ["pass"]) + [""])[:2]
            more = more.strip()
            if word == "die":
                print("assertion failed in the judge", file=sys.stderr)
                return 3
            if word == "flaky" and not os.path.exists(more):
                open(more, "w").close()
                os.kill(os.getpid(), 9)
            if word == "garbage":
                out.write("{no json\n")
                out.flush()
                time.sleep(60)
            if word in ("slow", "hang"):
                time.sleep(float(more))
            if word == "hang":
                emit(out, test, "failed", "hang", "no answer")
            elif word == "infra":
                emit(out, test, "infra-error", "infra", "no socket")
            elif word == "fail":
                message = json.loads(more) if more.startswith('"') else more
                emit(out, test, "failed", "expectation", message or "was 3, not 4")
            else:
                emit(out, test, "passed")
            failed += word in ("fail", "hang")
    return 1 if failed else 0


sys.exit(main())
