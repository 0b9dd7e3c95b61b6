# SPDX-License-Identifier: Apache-2.0
#
# Replace the text $OLD by the text $NEW in a file, to standard output. Exact text, no
# patterns. Exit status 3 if it does not occur, 4 if it occurs more than once.

{ text = text $0 "\n" }

END {
    old = ENVIRON["OLD"]
    at = index(text, old)
    if (at == 0)
        exit 3
    rest = substr(text, at + length(old))
    if (index(rest, old) > 0)
        exit 4
    printf "%s", substr(text, 1, at - 1) ENVIRON["NEW"] rest
}
