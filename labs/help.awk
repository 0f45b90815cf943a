# help.awk: what `make help` lists. Reads the Makefile's lines `target: ... ## text`;
# a target that is made for each lab stands there as $(addprefix NAME-,$(labs)).
#     awk -v labs='lab1 lab2' -f labs/help.awk
{
    target = $0
    text = $0
    sub(/:.*/, "", target)
    sub(/.*## /, "", text)
    count = 1
    names[1] = target
    if (match(target, /^\$\(addprefix [a-z]+-,/)) {
        prefix = substr(target, 13, RLENGTH - 13)
        count = split(labs, names, " ")
        for (i = 1; i <= count; i++)
            names[i] = prefix names[i]
    }
    for (i = 1; i <= count; i++) {
        lab = names[i]
        sub(/.*-/, "", lab)
        if (lab !~ /^lab[0-9]+$/ || index(" " labs " ", " " lab " "))
            printf "  make %-16s %s\n", names[i], text
    }
}
