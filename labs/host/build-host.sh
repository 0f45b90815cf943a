#!/bin/sh
# build-host.sh: compiles a student's files and links them into a host.
#
#     sh build-host.sh KIT OUT LAB FILE...
#
# KIT   include/, obj/*.o, obj/LAB/*.o, allowed-symbols.txt, heap.syms
# OUT   gets the objects and the program OUT/host; is made if missing
# LAB   lab1, lab2 ...: which calls the host answers
# FILE  a student's file.c, or a file.o of ours that is only linked
#
# With the address and undefined-behaviour sanitizers, and unoptimised: quick to
# build, and good to debug. A file is compiled again when it, or what it includes,
# is not what it was.
#
# Exit status: 0 built; 1 the compiler or linker refused; 2 a rule of the kit
# refused, with a sentence on standard error; 3 used wrongly.
set -u
export LC_ALL=C

if [ $# -lt 4 ]; then
    echo "usage: build-host.sh KIT OUT LAB FILE..." >&2
    exit 3
fi
kit=$1 out=$2 lab=$3
shift 3

sanitize='-fsanitize=address,undefined -fno-sanitize-recover=all'
flags="-std=c11 -g -O0 -Wall -Wextra -Wpedantic -fno-omit-frame-pointer -fno-common $sanitize"
link=$sanitize
if [ ! -d "$kit/obj/$lab" ]; then
    echo "build-host.sh: the kit has no lab '$lab'; run make kit" >&2
    exit 3
fi

refused=0
# Says a sentence and goes on, so that all broken rules are shown at once.
refuse() {
    echo "$1" >&2
    refused=1
}

# What an object was made from, as one line: all that its compiler read, and this
# script. Contents, not times: a file that is copied back may be older.
made_from() {
    # The list is "name.o: \", then one file or two a line, with "\" at the end.
    sed 's/^[^ ]*: *//; s/\\$//' "$1" | xargs cat "$0" 2>/dev/null | cksum
}

mkdir -p "$out/compiled" || exit 3
rm -f "$out/host"
objects='' ours=''
for file in "$@"; do
    case $file in *.o)
        ours="$ours $file"
        continue
        ;;
    esac
    object=$out/compiled/$(basename "$file" .c).o
    if [ -f "$object.from" ] && [ "$(cat "$object.from")" = "$file $(made_from "$object.d")" ]; then
        cat "$object.said" >&2
    else
        rm -f "$object.from"
        # shellcheck disable=SC2086
        gcc $flags -I"$kit/include" -MMD -MF "$object.d" -c "$file" -o "$object" 2>"$object.said" ||
            { cat "$object.said" >&2; exit 1; }
        cat "$object.said" >&2
        echo "$file $(made_from "$object.d")" >"$object.from"
    fi
    objects="$objects $object"
done

# shellcheck disable=SC2086
nm $objects $ours | awk '$2 ~ /^[TWRDV]$/ { print $3 }' >"$out/defined"
for object in $objects; do
    name=$(basename "$object" .o).c
    # Writable data; the sanitizers' own are told by their names.
    for symbol in $(objdump -t "$object" | awk '
        NF > 4 && $(NF - 2) ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ &&
        $(NF - 2) !~ /^\.data\.rel\.ro/ && $NF !~ /^(\.|__odr_asan)/ && / O / {
            sub(/\.[0-9]+$/, "", $NF); print $NF }'); do
        refuse "$name: '$symbol' is a variable that outlives a call; keep it in the struct that you are handed, or make it const"
    done
    # One constructor and one destructor belong to the address sanitizer.
    if objdump -h "$object" | awk '$2 ~ /^\.((pre)?init_array|fini_array|[cd]tors|init|fini)/ { print $2 }' |
        grep -qvxE '\.(init|fini)_array\.00099'; then
        refuse "$name: it has a constructor or destructor; only the functions of the contract are called"
    fi
    for symbol in $(nm -u "$object" | awk '{ print $2 }' |
        grep -vxF -f "$out/defined" | grep -vxE -f "$kit/allowed-symbols.txt"); do
        refuse "$name: it uses '$symbol', which student code may not; the handout's rules of the house list what it may"
    done
    if nm "$object" | awk '$2 == "i" { found = 1 } END { exit !found }'; then
        refuse "$name: it has a function that is chosen when the program is loaded (ifunc); only the functions of the contract are called"
    fi
    for symbol in $(nm "$object" | awk '$2 ~ /^[TWV]$/ { print $3 }' |
        grep -xE -f "$kit/allowed-symbols.txt"); do
        refuse "$name: it defines '$symbol', which belongs to the C library or the kit; give it another name"
    done
done
[ $refused -eq 0 ] || exit 2
linked=
for object in $objects; do
    objcopy --redefine-syms="$kit/heap.syms" "$object" "$out/$(basename "$object")" || exit 1
    linked="$linked $out/$(basename "$object")"
done

# gold, where it is there, links four times as fast: every save waits for this.
command -v ld.gold >/dev/null && link="$link -fuse-ld=gold"
# shellcheck disable=SC2086
gcc $link -o "$out/host.part" "$kit/obj/"*.o "$kit/obj/$lab/"*.o $linked $ours \
    -lcrypto -lseccomp -lmsgpuck -lm || exit 1
mv "$out/host.part" "$out/host"
