#!/bin/sh
# install-packages.sh: installs the Debian packages of one section of
# packages.txt that are missing.
#
#     sh labs/install-packages.sh student|figures|instructor|maintainer
#
# Does nothing when all are there. Where it cannot install (not Debian, neither
# root nor sudo), it names what is missing and ends with status 1.
set -u
section=${1:?usage: install-packages.sh SECTION}
list=$(dirname "$0")/packages.txt

wanted=$(awk -v want="[$section]" '
    /^#/ || NF == 0 { next }
    /^\[/ { on = ($1 == want); next }
    on { print $1 }' "$list")
if [ -z "$wanted" ]; then
    echo "install-packages.sh: packages.txt has no section [$section]" >&2
    exit 1
fi
if ! command -v dpkg-query >/dev/null; then
    missing=
    for tool in gcc g++ make nm objcopy; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    echo "This is not Debian, so nothing is installed for you. Needed are the" \
        "equivalents of these Debian packages:" $wanted >&2
    [ -z "$missing" ] && exit 0
    echo "Missing programs:$missing" >&2
    exit 1
fi

# make -j may ask for two groups at once; they take turns. Another program that
# holds apt's lock is waited for, five minutes.
exec 9<"$list"
command -v flock >/dev/null && flock 9
missing=
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
        grep -qx installed || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
else
    echo "These Debian packages are missing:$missing. Install them with:" \
        "apt-get install$missing" >&2
    exit 1
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# The lists may never have been fetched, or be too old: then fetch and retry.
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $missing >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! install; then
    $as_root apt-get update -qq >>"$log" 2>&1
    if ! install; then
        cat "$log" >&2
        echo "apt-get could not install:$missing (its words are above)." >&2
        exit 1
    fi
fi
