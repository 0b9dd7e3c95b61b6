# SPDX-License-Identifier: Apache-2.0
#
# The register map of teq_core, from one source:
#
#     awk -v as=vh -f scripts/registers.awk rtl/core/registers.txt     Verilog
#     awk -v as=h  ...                                                 C
#     awk -v as=md ...                                                 the table of the docs
#
# registers.txt says at its head what a line may be. A line that is none of these, an
# offset or a name that comes twice, or fields that overlap are errors: status 1.

BEGIN {
    if (as !~ /^(vh|h|md)$/) die("as must be vh, h or md")
    if (as == "vh") {
        print "// SPDX-License-Identifier: Apache-2.0"
        print "//"
        print "// Registers of teq_core: offsets, bits, values. Made by scripts/registers.awk from"
        print "// rtl/core/registers.txt. Include inside a module."
        print "/* verilator lint_off UNUSEDPARAM */"
    } else if (as == "h") {
        print "/* SPDX-License-Identifier: Apache-2.0"
        print " *"
        print " * teq/regs.h -- registers of teq_core. Made by scripts/registers.awk from"
        print " * rtl/core/registers.txt; docs/registers.md is the same as a table."
        print " *"
        print " * TEQ_REG_x is an offset in bytes. A field has the mask of its bits in place and the"
        print " * number of its lowest one: (word & TEQ_x_y_MASK) >> TEQ_x_y_LSB. Values are of the field."
        print " */"
        print "#ifndef TEQ_REGS_H"
        print "#define TEQ_REGS_H"
        print ""
        print "#include <stdint.h>"
    } else {
        print "# Registers"
        print ""
        print "Made by `make registers` from rtl/core/registers.txt, as are rtl/core/teq_regs.vh and cmodel/include/teq/regs.h."
        print "32-bit registers on AXI4-Lite; what they do is said in [core.md](core.md). ro: read only, rw: read and write, wo:"
        print "write only, w1: writing 1 acts, w1c: writing 1 clears. Any other access, or WSTRB not 1111, gets SLVERR and has no effect."
        print ""
        print "| offset | register | bits | field | access | |"
        print "|---|---|---|---|---|---|"
    }
}

function die(message) {
    printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
    failed = 1
    exit 1
}

# The value of a decimal or hexadecimal number: not every awk reads the second.
function number(text,   i, value) {
    if (text ~ /^[0-9]+$/) return text + 0
    if (text !~ /^0x[0-9a-f]+$/) die("not a number: " text)
    for (i = 3; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}

function rest(from,   i, text) {
    for (i = from; i <= NF; i++) text = text (i > from ? " " : "") $i
    return text
}

function name_is_new(name) {
    if (name !~ /^[A-Z][A-Z0-9_]*$/) die("not a name: " name)
    if (name in names) die("twice: " name)
    names[name] = 1
}

function hex(value,   low) {               # mawk prints no more than 2^31 - 1 with %x
    low = value % 65536
    return sprintf("%04x%04x", (value - low) / 65536, low)
}

function c_text(text) { return text == "" ? "" : " /* " text " */" }

/^#/ || NF == 0 { next }

$1 == "reg" {
    offset = number($2)
    reg = $3; field = ""; used = 0
    if (NF < 4 || $4 !~ /^(ro|rw|wo|w1|w1c)$/) die("expected: reg OFFSET NAME ACCESS text")
    if (offset % 4 || offset > 252 || (offset in offsets)) die("offset must be a new multiple of 4 below 256")
    offsets[offset] = 1
    name_is_new(reg)
    delete bits
    if (as == "vh") printf "\nlocalparam [7:0] REG_%s = 8'h%02x;\n", reg, offset
    else if (as == "h") printf "\n#define TEQ_REG_%s 0x%02xu%s\n", reg, offset, c_text($4 (NF > 4 ? ": " : "") rest(5))
    else printf "| 0x%02x | %s | | | %s | %s |\n", offset, reg, $4, rest(5)
    next
}

$1 == "field" {
    if (reg == "" || NF < 3 || split($2, range, ":") != 2) die("expected, after a reg: field HIGH:LOW NAME text")
    high = range[1] + 0; low = range[2] + 0; field = $3
    if (high > 31 || low > high) die("bits must be HIGH:LOW within 31:0")
    for (i = low; i <= high; i++) {
        if (i in bits) die("bit " i " belongs to two fields")
        bits[i] = 1
    }
    name_is_new(reg "_" field)
    name_is_new(reg "_" field "_MASK")
    name_is_new(reg "_" field "_LSB")
    name_is_new(reg "_" field "_W")
    mask = (2 ^ (high - low + 1) - 1) * 2 ^ low
    if (as == "vh") {
        if (high == low) printf "localparam %s_%s = %d;\n", reg, field, low
        else printf "localparam %s_%s_LSB = %d;\nlocalparam %s_%s_W = %d;\n", reg, field, low, reg, field, high - low + 1
    } else if (as == "h") {
        printf "#define TEQ_%s_%s_MASK UINT32_C(0x%s)%s\n", reg, field, hex(mask), c_text(rest(4))
        printf "#define TEQ_%s_%s_LSB %du\n", reg, field, low
    } else {
        printf "| | | %s | %s | | %s |\n", high == low ? low : high ":" low, field, rest(4)
    }
    next
}

$1 == "value" {
    if (reg == "" || NF < 3) die("expected, after a reg or field: value NUMBER NAME text")
    value = number($2)
    name = reg (field == "" ? "" : "_" field) "_" $3
    width = field == "" ? 32 : high - low + 1
    if (value >= 2 ^ width) die("value must fit the field")
    name_is_new(name)
    if (as == "vh") printf "localparam [%d:0] %s = %d'h%s;\n", width - 1, name, width, substr(hex(value), 9 - int((width + 3) / 4))
    else if (as == "h") printf "#define TEQ_%s UINT32_C(%s)%s\n", name, $2, c_text(rest(4))
    else printf "| | | | %s = %s | | %s |\n", $2, $3, rest(4)
    next
}

{ die("expected reg, field or value") }

END {
    if (failed) exit 1
    if (reg == "") {
        print "registers.awk: no registers" > "/dev/stderr"
        exit 1
    }
    if (as == "vh") print "/* verilator lint_on UNUSEDPARAM */"
    else if (as == "h") print "\n#endif"
}
