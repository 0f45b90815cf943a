#!/bin/sh
# run-judges.sh: runs one judge after another and adds up how they end.
#
#     sh run-judges.sh TEST JUDGE... -- FLAG...
#
# With a TEST only the judges that have it are run. Exit status: the worst of
# the judges'.
set -u
test=$1
shift
judges=
while [ "$1" != -- ]; do
    judges="$judges $1"
    shift
done
shift
worst=0 ran=0
for judge in $judges; do
    if [ -n "$test" ]; then
        "$judge" "--gtest_filter=$test" --gtest_list_tests | grep -q '^  ' || continue
    fi
    ran=1
    "$judge" "$@"
    status=$?
    [ $status -gt $worst ] && worst=$status
done
if [ $ran -eq 0 ]; then
    echo "There is no test '$test'. Their names are:" >&2
    for judge in $judges; do
        "$judge" --gtest_list_tests
    done | awk '/^[^ ]/ { suite = $1 } /^  / { print "  " suite $1 }' >&2
    exit 1
fi
exit $worst
