# SPDX-License-Identifier: Apache-2.0
#
# awk -f model.awk model.txt -- the quantizer's model of energy (cmodel/net/energy_table.h):
# for each target, the pJ of a vector, a load, a bit that changes in the rows and one in the
# products that explain the energies of the layers with the least squares of relative errors,
# none below zero. With -v report=1: how well, as JSON.
#
# Fields: target network layer pJ vectors loads rows products. A line that begins with # goes
# into the table as it is.
/^#/ { note = note " *" substr($0, 2) "\n"; next }
NF == 8 {
    if (!($1 in lines))
        order[++targets] = $1
    i = ++lines[$1]
    name[$1, i] = $2 " " $3
    energy[$1, i] = $4
    for (j = 1; j <= 4; j++)
        x[$1, i, j] = $(4 + j)
    next
}
NF { print FILENAME ": line " FNR ": expected 8 fields" > "/dev/stderr"; failed = 1; exit 1 }

# Coefficients c[1..4] of a target with the terms in use[]; false if there are none.
function solve(t,   i, j, k, m, n, f) {
    for (j = 1; j <= 4; j++)
        for (k = 1; k <= 5; k++)
            m[j, k] = j == k && !use[j]
    for (i = 1; i <= lines[t]; i++)
        for (j = 1; j <= 4; j++)
            for (k = 1; use[j] && k <= 5; k++)
                if (k == 5 || use[k])
                    m[j, k] += x[t, i, j] / energy[t, i] * (k == 5 ? 1 : x[t, i, k] / energy[t, i])
    for (j = 1; j <= 4; j++) {
        if (m[j, j] <= 0)
            return 0
        for (k = 1; k <= 4; k++)
            if (k != j) {
                f = m[k, j] / m[j, j]
                for (n = j; n <= 5; n++)
                    m[k, n] -= f * m[j, n]
            }
    }
    for (j = 1; j <= 4; j++)
        c[j] = m[j, 5] / m[j, j]
    return 1
}

function predicted(t, i) { return best[1] * x[t, i, 1] + best[2] * x[t, i, 2] + best[3] * x[t, i, 3] + best[4] * x[t, i, 4] }

# All sets of terms; of those without a coefficient below zero the one with the least error.
function fit(t,   set, i, j, error, least, d) {
    least = -1
    for (set = 1; set < 16; set++) {
        for (j = 1; j <= 4; j++)
            use[j] = int(set / 2 ^ (j - 1)) % 2
        if (!solve(t))
            continue
        for (j = 1; j <= 4 && c[j] >= 0; j++)
            ;
        if (j <= 4)
            continue
        error = 0
        for (i = 1; i <= lines[t]; i++) {
            d = -1
            for (j = 1; j <= 4; j++)
                d += c[j] * x[t, i, j] / energy[t, i]
            error += d * d
        }
        if (least < 0 || error < least) {
            least = error
            for (j = 1; j <= 4; j++)
                best[j] = c[j]
        }
    }
}

function quality(t,   i, d, worst, at, squares, n, sp, se, spp, see, spe, p) {
    n = lines[t]
    for (i = 1; i <= n; i++) {
        p = predicted(t, i)
        d = p / energy[t, i] - 1
        squares += d * d
        if ((d < 0 ? -d : d) > worst) {
            worst = d < 0 ? -d : d
            at = name[t, i]
        }
        sp += p; se += energy[t, i]; spp += p * p; see += energy[t, i] ^ 2; spe += p * energy[t, i]
    }
    printf "{\"target\": \"%s\", \"layers\": %d, \"correlation\": %.4f, \"rms_error\": %.4f, \"worst_error\": %.4f, \"worst\": \"%s\", \"sum_error\": %.4f, ",
        t, n, (n * spe - sp * se) / sqrt((n * spp - sp * sp) * (n * see - se * se)), sqrt(squares / n), worst, at, sp / se - 1
    printf "\"vector_pj\": %.4g, \"load_pj\": %.4g, \"row_bit_pj\": %.4g, \"product_bit_pj\": %.4g}\n", best[1], best[2], best[3], best[4]
}

END {
    if (failed)
        exit 1
    if (!report)
        printf "/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by `make energy-model` (synth/energy/model.awk) from synth/energy/model.txt:\n%s */\nstatic const teq_energy_model table[] = {\n", note
    for (k = 1; k <= targets; k++) {
        fit(order[k])
        if (report)
            quality(order[k])
        else
            printf "    {\"%s\", %.4g, %.4g, %.4g, %.4g},\n", order[k], best[1], best[2], best[3], best[4]
    }
    if (!report)
        print "};"
}
