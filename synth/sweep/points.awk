# SPDX-License-Identifier: Apache-2.0
#
# points.awk GRID: the points of a grid (synth/sweep/grid.txt says how it is written), a
# line each: name, engine, n, shape, parameters as NAME=VALUE, between tabs. Each point once, in the
# order of the grid.

function fail(text) {
    print FILENAME ":" FNR ": " text > "/dev/stderr"
    failed = 1
    exit 1
}

# VALUE, NAME or NAME+VALUE, by the parameters chosen so far
function value(text,    part) {
    if (text ~ /^[A-Z][A-Z0-9_]*(\+[0-9]+)?$/) {
        split(text, part, "+")
        if (!(part[1] in chosen))
            fail("`" text "`: expected a parameter that stands before it on the line, got " part[1])
        return chosen[part[1]] + part[2]
    }
    if (text !~ /^[a-z0-9]+$/)
        fail("expected a value as 4, booth or MB+1, got `" text "`")
    return text
}

function emit(    is_int, params, name) {
    is_int = chosen["ENGINE"] == "booth" || chosen["ENGINE"] == "bw"
    params = "ENGINE=" chosen["ENGINE"] " N_MAX=" chosen["N_MAX"] " NA_MAX=" chosen["NA_MAX"]
    if (is_int) {
        name = "int" (chosen["N_MAX"] + 1) "_" chosen["ENGINE"]
        params = params " ACC_W=" (chosen["N_MAX"] + chosen["NA_MAX"] + 8)
    } else {
        if (!("K_RES" in chosen && "MB" in chosen && "PW" in chosen))
            fail(chosen["ENGINE"] " needs K_RES, MB and PW")
        name = chosen["ENGINE"]
        params = params " K_RES=" chosen["K_RES"] " MB=" chosen["MB"] " PW=" chosen["PW"] " ACC_W=" (chosen["PW"] + 8)
    }
    line = name "\t" chosen["N_MAX"] "\t" chosen["ROWS"] "x" chosen["COLS"] "\t" params
    name = name (is_int ? "" : "_k" chosen["K_RES"] "_m" chosen["MB"] "_p" chosen["PW"]) \
        "_n" chosen["N_MAX"] "_a" chosen["NA_MAX"] "_" chosen["ROWS"] "x" chosen["COLS"]
    if (!(name in seen))
        print name "\t" line
    seen[name] = 1
}

function walk(at,    part, list, n, i) {
    if (at > NF) {
        emit()
        return
    }
    if (split($at, part, "=") != 2)
        fail("expected NAME=VALUE, got `" $at "`")
    if (!(part[1] in known))
        fail("`" part[1] "` is not one of" names)
    n = split(part[2], list, ",")
    for (i = 1; i <= n; i++) {
        chosen[part[1]] = value(list[i])
        walk(at + 1)
    }
    delete chosen[part[1]]
}

BEGIN {
    names = " ENGINE N_MAX NA_MAX ROWS COLS K_RES MB PW"
    for (i = split(names, list, " "); i > 0; i--)
        known[list[i]] = 1
}
{ sub(/#.*/, "") }
NF == 0 { next }
{
    delete chosen
    for (i = 1; i <= 5; i++) # the first five of `names`: what every engine has
        if (!index(" " $0, " " list[i] "="))
            fail("expected " list[i] "= on the line")
    walk(1)
}
END { exit failed }
