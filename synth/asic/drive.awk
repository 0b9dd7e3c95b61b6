# SPDX-License-Identifier: Apache-2.0
#
# awk -v cell=BUFX2 -v in_pin=A -v out_pin=Y -v max=16 -f drive.awk x.blif x.blif
#
# Puts a buffer behind each input of a mapped BLIF that drives more than `max` pins. ABC's
# `buffer` builds trees behind gates only: an input, here the output of a flip-flop or an
# adder, would go on driving hundreds of pins by itself.

NR == FNR {
    if ($1 == ".inputs")
        for (i = 2; i <= NF; i++) is_input[$i] = 1
    else if ($1 == ".gate")
        for (i = 3; i <= NF; i++) pins[substr($i, index($i, "=") + 1)]++
    next
}
$1 == ".gate" {
    for (i = 3; i <= NF; i++) {
        at = index($i, "=")
        net = substr($i, at + 1)
        if (net in is_input && pins[net] > max) $i = substr($i, 1, at) net "_driven"
    }
}
$1 == ".end" {
    for (net in is_input)
        if (pins[net] > max) print ".gate", cell, in_pin "=" net, out_pin "=" net "_driven"
}
{ print }
