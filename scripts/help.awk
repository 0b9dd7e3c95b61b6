# SPDX-License-Identifier: Apache-2.0
#
# Print the help of a set of makefiles: headings `##@ text`, targets `name: ... ## text`
# and variables `NAME ?= value ## text`, in the order of the files.
#
# A heading is held back until something stands under it.

function item(name, text)
{
    if (heading != "") {
        printf "%s%s\n", shown++ ? "\n" : "", heading
        heading = ""
    }
    printf "  %-14s %s\n", name, text
}

/^##@ / {
    heading = substr($0, 5)
    next
}

/^[A-Za-z0-9_.-]+:[^=].*## / || /^[A-Za-z0-9_.-]+: *## / {
    text = $0
    sub(/^.*## */, "", text)
    sub(/:.*/, "", $1)
    item($1, text)
    next
}

/^[A-Z][A-Z0-9_]* *\?=.*## / {
    text = value = $0
    sub(/^.*## */, "", text)
    sub(/^[^=]*= */, "", value)
    sub(/ *##.*/, "", value)
    sub(/ *\?=.*/, "", $1)
    if (value != "" && value !~ /\$/)
        text = text " [" value "]"
    item($1, text)
}
