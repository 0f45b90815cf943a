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

# What objects were made from, a line each, "OBJECT SUM FILE SUM FILE ...": all that
# their compiler read, and this script. Contents, not times: a file that is copied back
# may be older. Few processes for all of them, for every save waits for this.
made_from() {
    lists=''
    for source in "$@"; do
        list=${source##*/}
        list=$out/compiled/${list%.c}.o.d
        [ ! -f "$list" ] || lists="$lists $list"
    done
    [ -n "$lists" ] || return 0
    # A list is "name.o: \", then one file or two a line, with "\" at the end.
    # shellcheck disable=SC2086
    files=$(sed 's/^[^ ]*: *//; s/\\$//; s/ /\n/g' $lists | sort -u)
    # shellcheck disable=SC2086
    cksum "$0" $files 2>/dev/null | awk '
        FNR == NR { sum[$3] = $1 "." $2; if (NR == 1) script = sum[$3]; next }
        FNR == 1 { line = substr(FILENAME, 1, length(FILENAME) - 2) " " script }
        { sub(/^[^ ]*: */, "")
          last = !sub(/\\$/, "")
          for (i = 1; i <= NF; i++) line = line " " sum[$i] " " $i
          if (last) print line }' - $lists
}

newline='
'
mkdir -p "$out/compiled" || exit 3
rm -f "$out/host"
objects='' ours=''
made=$newline$(made_from "$@")$newline
for file in "$@"; do
    case $file in *.o)
        ours="$ours $file"
        continue
        ;;
    esac
    object=${file##*/}
    object=$out/compiled/${object%.c}.o
    objects="$objects $object"
    from=
    [ ! -f "$object.from" ] || read -r from <"$object.from"
    case $from in "$object "*" $file"*) ;; *) from= ;; esac
    case $made in *"$newline$from$newline"*) ;; *) from= ;; esac
    if [ -z "$from" ]; then
        rm -f "$object.from"
        # shellcheck disable=SC2086
        gcc $flags -I"$kit/include" -MMD -MF "$object.d" -c "$file" -o "$object" 2>"$object.said" ||
            { cat "$object.said" >&2; exit 1; }
        made_from "$file" >"$object.from"
    fi
    [ ! -s "$object.said" ] || cat "$object.said" >&2
done

# All broken rules are shown at once, each in a sentence.
# shellcheck disable=SC2086
{ nm -A $objects $ours; echo OBJDUMP; objdump -th $objects; } | awk -v objects="$objects" '
    function refuse(object, text) {
        refusals[object] = refusals[object] name[object] ": " text "\n"
    }
    BEGIN {
        count = split(objects, list)
        for (i = 1; i <= count; i++) {
            name[list[i]] = list[i]
            sub(/^.*\//, "", name[list[i]])
            sub(/\.o$/, ".c", name[list[i]])
        }
    }
    FILENAME != "-" { allowed = allowed (allowed == "" ? "" : "|") $0; next }
    $1 == "OBJDUMP" && NF == 1 { second = 1; next }
    !second { # nm: "OBJECT:ADDRESS TYPE NAME", or "OBJECT: TYPE NAME" without an address
        object = $1
        sub(/:[0-9a-f]*$/, "", object)
        if ($1 ~ /:$/) {
            if (object in name) uses[object] = uses[object] " " $3
            next
        }
        if ($2 ~ /^[TWRDV]$/) defined[$3] = 1
        if (object in name && $2 == "i") ifunc[object] = 1
        if (object in name && $2 ~ /^[TWV]$/) defines[object] = defines[object] " " $3
        next
    }
    / file format / { object = $1; sub(/:$/, "", object); next }
    # Writable data; those of the sanitizers are told by their names.
    NF > 4 && $(NF - 2) ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ &&
    $(NF - 2) !~ /^\.data\.rel\.ro/ && $NF !~ /^(\.|__odr_asan)/ && / O / {
        variable = $NF
        sub(/\.[0-9]+$/, "", variable)
        refuse(object, "'\''" variable "'\'' is a variable that outlives a call; keep it in the struct that you are handed, or make it const")
    }
    # One constructor and one destructor belong to the address sanitizer.
    $2 ~ /^\.((pre)?init_array|fini_array|[cd]tors|init|fini)/ &&
    $2 !~ /^\.(init|fini)_array\.00099$/ { runs[object] = 1 }
    END {
        allowed = "^(" allowed ")$"
        for (i = 1; i <= count; i++) {
            object = list[i]
            if (object in runs)
                refuse(object, "it has a constructor or destructor; only the functions of the contract are called")
            n = split(uses[object], symbols)
            for (j = 1; j <= n; j++)
                if (!(symbols[j] in defined) && symbols[j] !~ allowed)
                    refuse(object, "it uses '\''" symbols[j] "'\'', which student code may not; the handout'\''s rules of the house list what it may")
            if (object in ifunc)
                refuse(object, "it has a function that is chosen when the program is loaded (ifunc); only the functions of the contract are called")
            n = split(defines[object], symbols)
            for (j = 1; j <= n; j++)
                if (symbols[j] ~ allowed)
                    refuse(object, "it defines '\''" symbols[j] "'\'', which belongs to the C library or the kit; give it another name")
            printf "%s", refusals[object]
        }
    }' "$kit/allowed-symbols.txt" - >"$out/refused"
if [ -s "$out/refused" ]; then
    cat "$out/refused" >&2
    exit 2
fi
linked=
for object in $objects; do
    place=$out/${object##*/}
    linked="$linked $place"
    # The newest POSIX has -nt, as dash does.
    # shellcheck disable=SC3013
    if [ ! "$place" -nt "$object" ] || [ ! "$place" -nt "$kit/heap.syms" ]; then
        objcopy --redefine-syms="$kit/heap.syms" "$object" "$place" || exit 1
    fi
done

# gold, where it is there, links four times as fast: every save waits for this.
command -v ld.gold >/dev/null && link="$link -fuse-ld=gold"
# Hosts begin and die by the hundred: a quarter of their time to begin would be spent
# on loading shared libraries.
link="$link -static-libasan -static-libubsan"
# shellcheck disable=SC2086
gcc $link -o "$out/host.part" "$kit/obj/"*.o "$kit/obj/$lab/"*.o $linked $ours \
    -l:libcrypto.a -l:libseccomp.a -lmsgpuck -lm || exit 1
mv "$out/host.part" "$out/host"
