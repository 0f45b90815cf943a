# starter.awk: makes a starter from a solution. Lines between `@solution` and
# `@starter` go; those between `@starter` and `@end`, which the solution keeps
# in a comment, stay.
#     awk -f labs/starter.awk solution/ring.c > starter/ring.c
/\/\* @solution \*\// { skip = 1; next }
/\/\* @starter$/      { skip = 0; stub = 1; next }
/^ *@end \*\/$/       { stub = 0; next }
!skip                 { print }
END {
    if (skip || stub) {
        print FILENAME ": a marked region is not closed" > "/dev/stderr"
        exit 1
    }
}
