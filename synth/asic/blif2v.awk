# SPDX-License-Identifier: Apache-2.0
#
# A mapped BLIF of one flat module as Verilog for OpenSTA. Buses come out as single bits.
# write_verilog does the same, but takes half a minute for a tile of 32 columns.

function id(net)
{
    if (net == "$true") return "1'b1"
    if (net == "$false" || net == "$undef") return "1'b0"
    return net ~ /^[A-Za-z_][A-Za-z0-9_]*$/ ? net : "\\" net " "
}

function ports(direction,   i)
{
    for (i = 2; i <= NF; i++) {
        list = list (list == "" ? "" : ",\n") "    " id($i)
        body = body direction " " id($i) ";\n"
    }
}

$1 == ".model" { name = $2 }
$1 == ".inputs" { ports("input") }
$1 == ".outputs" {
    ports("output")
    printf "module %s (\n%s\n);\n%s", name, list, body
}
$1 == ".gate" || $1 == ".subckt" {
    printf "%s u%d (", $2, ++count
    for (i = 3; i <= NF; i++) {
        at = index($i, "=")
        printf "%s.%s(%s)", (i > 3 ? ", " : ""), substr($i, 1, at - 1), id(substr($i, at + 1))
    }
    print ");"
}
$1 == ".names" && NF == 3 { printf "assign %s = %s;\n", id($3), id($2) }
END { print "endmodule" }
