#!/bin/sh
# lint.sh: format and style of everything. `check` reports, `mend` mends.
set -u
mode=${1:-check}
c_files=$(git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' | grep -v '^tests/attacks/')
py_folders='grader handouts labs tests'
status=0

if [ "$mode" = mend ]; then
    # shellcheck disable=SC2086
    clang-format -i $c_files
    # shellcheck disable=SC2086
    black -q -l 88 $py_folders
    exit 0
fi
# shellcheck disable=SC2086
clang-format --dry-run --Werror $c_files || status=1
# shellcheck disable=SC2086
black -q -l 88 --check --diff $py_folders || status=1
# shellcheck disable=SC2086
flake8 $py_folders || status=1
mypy || status=1
for file in $(git ls-files -co --exclude-standard '*.sh' .ci/run); do
    sh -n "$file" || status=1
done
# The C of students' side, by clang's analyzer and checks.
git ls-files -co --exclude-standard 'labs/*.c' 'solution/*.c' 'grader/confine/*.c' |
    xargs -P "$(nproc)" -n 4 sh -c 'clang-tidy --quiet "$@" -- -std=c11 -D_GNU_SOURCE \
        -Ilabs/include -Ilabs/host -Ilabs 2>/dev/null' tidy || status=1
for file in $(ls solution/*.c); do
    name=$(basename "$file")
    awk -f labs/starter.awk "$file" | cat -s | cmp -s - "starter/$name" || {
        echo "starter/$name is not what solution/$name makes; run: make starter" >&2
        status=1
    }
done
exit $status
