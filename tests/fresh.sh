#!/bin/sh
# fresh.sh: proves that a fresh minimal Debian 12 needs only git and make.
#
#     sh tests/fresh.sh [FOLDER]      (as root; about 3 GB; build/fresh otherwise)
#
# Makes a minimal Debian by debootstrap with git and make added, clones this
# repository into it, and runs `make grade` and `make test` there: as root, then
# in another clone as a user with sudo. `pivot` in MODES enters the folder with a
# root of its own (so that namespaces work, as on a real machine), `chroot` by
# chroot (where they do not: the sandbox's reduced level).
set -eu
folder=$(realpath -m "${1:-build/fresh}")
modes=${MODES:-pivot}
users=${USERS:-root student}
targets=${TARGETS:-grade test}
here=$(cd "$(dirname "$0")/.." && pwd)

[ "$(id -u)" -eq 0 ] || {
    echo "fresh.sh: debootstrap needs root" >&2
    exit 1
}
command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap

if [ ! -f "$folder/ready" ]; then
    mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) bookworm main.*/\2/p;s/^URIs: //p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1)
    debootstrap --variant=minbase --include=git,make,ca-certificates,sudo \
        bookworm "$folder" "${mirror:-http://deb.debian.org/debian}"
    # The machine's own way to its packages.
    cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d "$folder/etc/apt/" 2>/dev/null || true
    mkdir -p "$folder/usr/local/share/ca-certificates" "$folder/etc/ssl/certs"
    cp -aL /etc/ssl/certs/. "$folder/etc/ssl/certs/" 2>/dev/null || true
    chroot "$folder" useradd -m student
    echo 'student ALL=(ALL) NOPASSWD: ALL' >"$folder/etc/sudoers.d/student"
    touch "$folder/ready"
fi
cp /etc/resolv.conf /etc/hosts "$folder/etc/"

# Runs a command in the folder. PATH, HOME and nothing else of ours.
enter() {
    mode=$1
    shift
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child sh -c '
        set -eu
        mount --make-rprivate /
        mount --bind "$1" "$1"
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mount -t sysfs -o ro sysfs "$1/sys" 2>/dev/null || true
        cd "$1"
        mode=$2
        shift 2
        if [ "$mode" = pivot ]; then
            mkdir -p .old
            pivot_root . .old
            cd /
            umount -l /.old
            # The first process reaps what others leave, as a real init does.
            exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
                sh -c "\"\$@\" & wait \$!" sh "$@"
        fi
        exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
            sh -c "\"\$@\" & wait \$!" sh "$@"
    ' sh "$folder" "$mode" "$@"
}

status=0
for mode in $modes; do
    for user in $users; do
        home=/root
        [ "$user" = root ] || home=/home/$user
        clone=$home/dynamo-labs-$mode
        rm -rf "$folder$clone"
        git clone -q "$here" "$folder$clone"
        [ "$user" = root ] || chroot "$folder" chown -R "$user:" "$clone"
        for target in $targets; do
            echo "==== $mode, $user: make $target"
            if enter "$mode" su "$user" -c "cd $clone && make $target"; then
                echo "==== $mode, $user: make $target: passed"
            else
                echo "==== $mode, $user: make $target: FAILED"
                status=1
            fi
        done
    done
done
exit $status
