#!/bin/sh
# trace.sh: runs one case of a test of a cluster, and makes a page of the run.
#
#     sh trace.sh LAB TEST SEED CASE JUDGES HOSTS LAB_TOML [NEMESIS]
set -u
lab=$1 test=$2 seed=$3 case=$4 judges=$5 hosts=$6 toml=$7 nemesis=${8:-}

if [ -z "$test" ]; then
    echo "Which test? make trace-$lab T=Suite.Test SEED=0x1 CASE=0" >&2
    exit 1
fi
out=$hosts/traces/$test
mkdir -p "$hosts/traces"
rm -f "$out.jsonl"
for judge in "$judges/$lab"-*; do
    case $judge in *.o | *-swarm) continue ;; esac
    [ -f "$judge" ] && "$judge" --gtest_list_tests --gtest_filter="$test" | grep -q . || continue
    "$judge" --quiet --lab="$toml" --host="$hosts/$lab/host" --steps= \
        --seed="${seed:-1}" --case="${case:-0}" --gtest_filter="$test" --trace="$out.jsonl" \
        --nemesis="$nemesis"
done
if [ ! -s "$out.jsonl" ]; then
    echo "$test runs no cluster, or there is no such test: there is nothing to draw." >&2
    exit 1
fi
"$judges/trace-tool" page "$out.jsonl" "$out.html" || exit 1
echo "file://$(realpath "$out.html")"
