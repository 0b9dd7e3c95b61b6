#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Tests of the tools that judge the others: the test runner, the coverage counter, the
# editor of `make faults`, lint.
#
#     scripts/selftest.sh RUNTESTS        (build/bin/runtests)

set -euo pipefail

runtests=$(realpath "$1")
scripts=$(realpath "$(dirname "$0")")
passed=0 failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

expect() { # what, expected, got
    if [[ $2 == "$3" ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: expected "%s", got "%s"\n' "$1" "$2" "$3"
    fi
}

# --- runtests: one list, its closing line, its exit status ----------------------------

verdict() { # what, closing line, exit status, list on standard input
    local status=0 last
    cat > list
    "$runtests" --list list --json report.json --logs logs --timeout 1 --jobs 4 > out 2>&1 || status=$?
    last=$(tail -n 1 out)
    expect "runtests: $1" "$2, exit status $3" "$last, exit status $status"
}

verdict 'a pass' '1 passed, 0 failed, 0 skipped' 0 <<< 'a true'
verdict 'a failure' '1 passed, 1 failed, 0 skipped' 1 <<< $'a true\nb exit 3'
verdict 'a skip alone is no pass' '0 passed, 0 failed, 1 skipped' 1 <<< 'a exit 77'
verdict 'nothing ran' '0 passed, 0 failed, 0 skipped' 1 <<< ''
verdict 'a signal' '0 passed, 1 failed, 0 skipped' 1 <<< "a kill -SEGV \$\$"
verdict 'no such command' '0 passed, 1 failed, 0 skipped' 1 <<< 'a ./does_not_exist'
verdict 'a hang, its children too' '0 passed, 1 failed, 0 skipped' 1 <<< 'a sleep 100 & sleep 100'
verdict 'no input' '1 passed, 0 failed, 0 skipped' 0 <<< "a test -z \"\$(cat)\""
verdict 'cases' '3 passed, 0 failed, 1 skipped' 0 <<< 'a echo 3 passed, 0 failed, 1 skipped'
verdict 'a failed case outvotes the exit status' '2 passed, 1 failed, 0 skipped' 1 <<< 'a echo 2 passed, 1 failed'
verdict 'the exit status outvotes the cases' '2 passed, 1 failed, 0 skipped' 1 <<< 'a echo 2 passed, 0 failed; exit 1'
verdict 'no cases' '0 passed, 1 failed, 0 skipped' 1 <<< 'a echo 0 passed, 0 failed'
verdict 'cmocka' '2 passed, 1 failed, 0 skipped' 1 << 'END'
a printf '%s\n' '[  PASSED  ] 2 test(s).' '[  FAILED  ] 1 test(s), listed below:' '[  FAILED  ] x'; exit 1
END
verdict 'the report' '1 passed, 1 failed, 0 skipped' 1 <<< $'a true\nb false'
expect 'runtests: rows' 'a passed b failed' \
    "$(jq -r '[.rows | sort_by(.name)[] | .name, .status] | join(" ")' report.json)"

refused() { # what, list on standard input
    local status=0
    cat > list
    "$runtests" --list list --json r.json --logs logs > out 2>&1 || status=$?
    expect "runtests: $1 is refused" 2 "$status"
}
refused 'a name with a slash' <<< 'a/b true'
refused 'a name twice' <<< $'a true\na true'
refused 'a test without a command' <<< 'a'

# --- coverage of the Verilog ------------------------------------------------------------

point() { # file, line, kind, what, instance, count
    printf "C '\001f\002%s\001l\002%s\001n\0021\001page\002v_%s/m\001o\002%s\001h\002%s' %s\n" "$@"
}
{
    point rtl/a.v 1 line block TOP.x 0
    point rtl/a.v 1 line block TOP.y 5 # covered in one instance is covered
    point rtl/a.v 2 branch if TOP.x 0
    point ../rtl/a.v 3 toggle 'q[0]' TOP.x 1
    point rtl/a.v 3 toggle 'q[1]' TOP.x 0
    point tb/b.v 1 line block TOP.b 1 # not in rtl/
} > a.dat
awk -f "$scripts/cov_rtl.awk" -v holes=holes a.dat a.dat > rows
expect 'cov_rtl: counts' '["rtl/a.v",1,1,1,0,2,1]' \
    "$(jq -c '[.file, .lines, .lines_hit, .branches, .branches_hit, .toggles, .toggles_hit]' rows)"
expect 'cov_rtl: holes' 'rtl/a.v:2:1: branch: if rtl/a.v:3:1: toggle: q[1]' "$(sort holes | xargs)"

# --- the editor of make faults ------------------------------------------------------------

replace() { # old, new
    local status=0
    OLD=$1 NEW=$2 awk -f "$scripts/mutants/replace.awk" text > out || status=$?
    echo "$status $(xargs < out)"
}
printf '%s\n' 'a <= b & c;' 'x <= b & c;' 'y <= \d ;' > text
expect 'replace: exact text' '0 a <= b | c; x <= b & c; y <= d ;' "$(replace 'a <= b & c' 'a <= b | c')"
expect 'replace: two lines' '0 z <= d ;' "$(replace $'a <= b & c;\nx <= b & c;\ny' z)"
expect 'replace: a backslash' '0 a <= b & c; x <= b & c; y <= e ;' "$(replace '\d' e)"
expect 'replace: not there' 3 "$(replace 'a <= .' z | cut -c1)"
expect 'replace: twice' 4 "$(replace 'b & c' z | cut -c1)"

# --- lint ---------------------------------------------------------------------------------

mkdir rtl
cat > rtl/good.v << 'END'
`default_nettype none
module good #(parameter ENGINE = "a") (input wire x_i, output wire y_o);
    generate
        if (ENGINE == "a") begin : g_a
            assign y_o = ~x_i;
        end else if (ENGINE == "c") begin : g_silent
            no_such_module u_error ();
        end else begin : g_illegal
            good_ENGINE_must_be_a u_error ();
        end
    endgenerate
endmodule
`default_nettype wire
END
cat > rtl/bad.v << 'END'
`default_nettype none
module bad (input wire [3:0] x_i, output wire [2:0] y_o);
    assign y_o = x_i;
endmodule
`default_nettype wire
END
lint() { # a line of the table
    local status=0
    echo "$1" > table
    "$scripts/lint.sh" table rtl > out 2>&1 || status=$?
    echo "$status, $(tail -n 1 out)"
}
expect 'lint: clean' '0, 1 passed, 0 failed' "$(lint 'good -GENGINE="a"')"
expect 'lint: a warning' '1, 0 passed, 1 failed' "$(lint bad)"
expect 'lint: refused' '0, 1 passed, 0 failed' "$(lint '! good -GENGINE="b"')"
expect 'lint: refused without a word' '1, 0 passed, 1 failed' "$(lint '! good -GENGINE="c"')"
expect 'lint: accepted in vain' '1, 0 passed, 1 failed' "$(lint '! good -GENGINE="a"')"
expect 'lint: no such parameter' '1, 0 passed, 1 failed' "$(lint '! good -GENGIN="b"')"
expect 'lint: no such module' '1, 0 passed, 1 failed' "$(lint none)"
expect 'lint: an empty table' '1, 0 passed, 0 failed' "$(lint '')"

echo "$passed passed, $failed failed"
((failed == 0))
