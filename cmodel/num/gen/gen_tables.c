/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the antilog table (docs/number_format.md, section 2) for C and for Verilog:
 *
 *     gen_tables cmodel/num/antilog_table.c rtl/teq_antilog.vh
 *
 * Integers only, so that no rounding of a library is trusted. A is the nearest integer
 * to 2^20 2^(-i/48) exactly if
 *
 *     (2A - 1)^48  <  2^(21*48 - i)  <  (2A + 1)^48
 *
 * Both powers are odd numbers, so there are no ties; they have at most 22*48 bits.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STEPS 48
#define BITS 20  /* of A[i], A[0] = 2^BITS  */
#define LIMBS 34 /* of 32 bits: 1088 >= 22*48 */

/* Is base^48 < 2^exponent? */
static bool power_below(uint32_t base, unsigned exponent)
{
    uint32_t n[LIMBS] = {1};
    for (int i = 0; i < STEPS; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < LIMBS; j++) {
            carry += (uint64_t)n[j] * base;
            n[j] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry != 0) {
            fprintf(stderr, "gen_tables: %u^48 needs more than %d limbs\n", base, LIMBS);
            exit(1);
        }
    }
    for (unsigned bit = exponent; bit < 32 * LIMBS; bit++)
        if ((n[bit / 32] >> bit % 32) & 1u)
            return false;
    return true;
}

static uint32_t antilog_word(unsigned i)
{
    if (i == 0)
        return 1u << BITS;
    uint32_t low = 1, high = 1u << BITS; /* the answer is the first A with (2A + 1)^48 above the power */
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (power_below(2 * mid + 1, (BITS + 1) * STEPS - i))
            low = mid + 1;
        else
            high = mid;
    }
    if (!power_below(2 * low - 1, (BITS + 1) * STEPS - i)) {
        fprintf(stderr, "gen_tables: A[%u] = %u is not the nearest integer\n", i, low);
        exit(1);
    }
    return low;
}

static void write_c(FILE *out, const uint32_t a[STEPS])
{
    fputs("/* SPDX-License-Identifier: Apache-2.0\n"
          " *\n"
          " * Written by cmodel/num/gen/gen_tables.c (`make tables`). Do not edit.\n"
          " */\n"
          "#include \"teq/antilog.h\"\n"
          "\n"
          "/* round(2^20 2^(-i/48)) */\n"
          "const uint32_t teq_antilog_table[TEQ_ANTILOG_STEPS] = {\n",
          out);
    for (int i = 0; i < STEPS; i++)
        fprintf(out, "%s%u,%s", i % 8 == 0 ? "    " : " ", a[i], i % 8 == 7 ? "\n" : "");
    fputs("};\n", out);
}

static void write_verilog(FILE *out, const uint32_t a[STEPS])
{
    fputs("// SPDX-License-Identifier: Apache-2.0\n"
          "//\n"
          "// Written by cmodel/num/gen/gen_tables.c (`make tables`). Do not edit.\n"
          "//\n"
          "// Constant functions, to be included inside a module:\n"
          "//\n"
          "//   teq_antilog_word(i) = round(2^20 2^(-i/48))         i = 0..47, else 0\n"
          "//   teq_antilog(i, mb)  = round((2^mb - 1) 2^(-i/48))   i = 0..95, mb = 4..11, half up\n"
          "\n"
          "/* verilator coverage_off */ // constant functions: run at elaboration only\n"
          "function [20:0] teq_antilog_word;\n"
          "  input integer i;\n"
          "  case (i)\n",
          out);
    for (int i = 0; i < STEPS; i++)
        fprintf(out, "    %2d: teq_antilog_word = 21'd%u;\n", i, a[i]);
    fputs("    default: teq_antilog_word = 21'd0;\n"
          "  endcase\n"
          "endfunction\n"
          "\n"
          "function integer teq_antilog;\n"
          "  input integer i;\n"
          "  input integer mb;\n"
          "  if (i < 48)\n"
          "    teq_antilog = (((1 << mb) - 1) * {11'd0, teq_antilog_word(i)} + 524288) >> 20;\n"
          "  else\n"
          "    teq_antilog = (((1 << mb) - 1) * {11'd0, teq_antilog_word(i - 48)} + 1048576) >> 21;\n"
          "endfunction\n"
          "/* verilator coverage_on */\n",
          out);
}

/* Written aside and renamed: a failed run leaves the old table. */
static void write_file(const char *path, void (*write)(FILE *, const uint32_t *), const uint32_t *a)
{
    char aside[4096];
    int n = snprintf(aside, sizeof aside, "%s.new", path);
    FILE *out = n > 0 && (size_t)n < sizeof aside ? fopen(aside, "w") : NULL;
    if (out == NULL) {
        perror(path);
        exit(1);
    }
    write(out, a);
    if (fclose(out) != 0 || rename(aside, path) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: gen_tables TABLE.c TABLE.vh\n");
        return 2;
    }
    uint32_t a[STEPS];
    for (unsigned i = 0; i < STEPS; i++)
        a[i] = antilog_word(i);
    write_file(argv[1], write_c, a);
    write_file(argv[2], write_verilog, a);
    return 0;
}
