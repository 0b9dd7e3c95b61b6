# SPDX-License-Identifier: Apache-2.0
#
# Coverage of the Verilog, from Verilator's .dat files, as the rows of a JSON array.
#
#     awk -f cov_rtl.awk -v holes=FILE build/cov/*.dat
#
# A record of a .dat file is  C '^Akey^Bvalue^Akey^Bvalue...' count  with the keys f file,
# l line, n column, page v_KIND/module, o what (a branch, a signal's bit), h instance.
# KIND is line, branch or toggle. A point is (file, line, column, kind, what), whatever
# the instance and the parameters: it is covered if any instance in any run covered it.
# Points of files outside rtl/ are left out. Points not covered go to `holes`, sorted by
# whoever calls.

BEGIN { FS = "\001" }

/^C '/ {
    split("", value)
    for (i = 2; i <= NF; i++) {
        cut = index($i, "\002")
        value[substr($i, 1, cut - 1)] = substr($i, cut + 1)
    }
    count = $NF # the last field carries the closing quote and the count
    sub(/^.*' /, "", count)

    file = value["f"]
    if (file !~ /(^|\/)rtl\//)
        next
    sub(/^.*\/rtl\//, "rtl/", file)
    kind = value["page"]
    sub(/^v_/, "", kind)
    sub(/\/.*/, "", kind)
    what = value["o"]
    sub(/'.*/, "", what)

    point = file SUBSEP kind SUBSEP value["l"] SUBSEP value["n"] SUBSEP what
    if (!(point in hits)) {
        hits[point] = 0
        total[file, kind]++
        files[file] = 1
    }
    if (count + 0 > 0 && hits[point]++ == 0)
        hit[file, kind]++
}

END {
    for (point in hits)
        if (hits[point] == 0) {
            split(point, p, SUBSEP)
            printf "%s:%s:%s: %s: %s\n", p[1], p[3], p[4], p[2], p[5] > holes
        }
    separator = ""
    for (file in files) {
        printf "%s{\"file\": \"%s\", \"language\": \"verilog\"", separator, file
        printf ", \"lines\": %d, \"lines_hit\": %d", total[file, "line"], hit[file, "line"]
        printf ", \"branches\": %d, \"branches_hit\": %d", total[file, "branch"], hit[file, "branch"]
        printf ", \"toggles\": %d, \"toggles_hit\": %d}", total[file, "toggle"], hit[file, "toggle"]
        separator = ",\n"
    }
    print ""
}
