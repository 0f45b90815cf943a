#!/bin/sh
# debug.sh: replays the saved calls of a failed test in the host, under gdb.
#
#     sh debug.sh LAB TEST SRC SEED CASE HOSTS
#
# Stops in the student's function at the call that went wrong.
set -u
lab=$1 test=$2 src=$3 seed=$4 case=$5 hosts=$6
script=$hosts/failures/$test

if [ -z "$test" ]; then
    echo "Which test? make debug-$lab T=Suite.Test" >&2
    echo "Failures that can be replayed:" >&2
    ls "$hosts/failures" 2>/dev/null | sed -n 's/\.gdb$//p' | sed 's/^/  /' >&2
    exit 1
fi
command -v gdb >/dev/null || {
    echo "gdb is missing: apt-get install gdb" >&2
    exit 1
}
# Run the test again where its failure is not on file, or a case is named.
if [ -n "$seed$case" ] || [ ! -f "$script.gdb" ]; then
    rm -f "$script.gdb" "$script.html"
    MAKEFLAGS= make --no-print-directory "test-$lab" SRC="$src" T="$test" SEED="$seed" CASE="$case"
fi
if [ ! -f "$script.gdb" ] && [ -f "$script.html" ]; then
    echo "$test runs a cluster, which one host alone cannot replay: look at its picture," >&2
    echo "file://$(realpath "$script.html")" >&2
    exit 1
fi
if [ ! -f "$script.gdb" ]; then
    echo "$test has not failed, so there is nothing to replay." >&2
    exit 1
fi
ASAN_OPTIONS=symbolize=1:abort_on_error=1 exec gdb -q ${GDB_FLAGS:-} -x "$script.gdb" \
    --args "$hosts/$lab/host" --replay "$script.steps"
