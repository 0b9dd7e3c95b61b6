/* SPDX-License-Identifier: Apache-2.0
 *
 * The antilog table: what is kept in git is what the generator writes, C and Verilog
 * agree, and both are correctly rounded.
 */
#include "num_check.h"
#include "teq/antilog.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char folder[64]; /* of this run's files */

static void path_in_folder(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/teq_num_tables_XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    (void)state;
    const char *const names[] = {"table.c", "table.vh", "print.v", "print.vvp"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        path_in_folder(path, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void check_same_file(const char *kept, const char *made)
{
    FILE *a = fopen(kept, "r"), *b = fopen(made, "r");
    check(a != NULL && b != NULL, "cannot read %s or %s; run from the top folder", kept, made);
    int line = 1, x, y;
    do {
        x = getc(a);
        y = getc(b);
        check(x == y, "%s:%d is not what the generator writes; run `make tables`", kept, line);
        line += x == '\n';
    } while (x != EOF);
    fclose(a);
    fclose(b);
}

static void test_kept_tables_are_generated(void **state)
{
    (void)state;
    char c[128], vh[128], command[512];
    path_in_folder(c, "table.c");
    path_in_folder(vh, "table.vh");
    snprintf(command, sizeof command, "build/bin/gen_tables %s %s", c, vh);
    assert_int_equal(system(command), 0);
    check_same_file("cmodel/num/antilog_table.c", c);
    check_same_file("rtl/teq_antilog.vh", vh);
}

static const char print_module[] =
    "module print;\n"
    "`include \"teq_antilog.vh\"\n"
    "  integer i, mb;\n"
    "  initial begin\n"
    "    for (i = 0; i < 48; i = i + 1) $display(\"%0d\", teq_antilog_word(i));\n"
    "    for (mb = 4; mb <= 11; mb = mb + 1)\n"
    "      for (i = 0; i < 96; i = i + 1) $display(\"%0d\", teq_antilog(i, mb));\n"
    "  end\n"
    "endmodule\n";

static void test_verilog_agrees(void **state)
{
    (void)state;
    char v[128], vvp[128], command[512];
    path_in_folder(v, "print.v");
    path_in_folder(vvp, "print.vvp");
    FILE *f = fopen(v, "w");
    assert_non_null(f);
    fputs(print_module, f);
    fclose(f);
    snprintf(command, sizeof command, "iverilog -g2005 -Wall -Irtl -o %s %s && vvp -n %s", vvp, v,
             vvp);
    FILE *sim = popen(command, "r");
    assert_non_null(sim);
    unsigned got;
    for (unsigned i = 0; i < TEQ_ANTILOG_STEPS; i++) {
        check(fscanf(sim, "%u", &got) == 1, "iverilog printed nothing for word %u", i);
        check(got == teq_antilog_table[i], "A[%u]: C %u, Verilog %u", i, teq_antilog_table[i], got);
    }
    for (unsigned mb = TEQ_MB_MIN; mb <= TEQ_ANTILOG_BITS_MAX; mb++)
        for (unsigned i = 0; i < 2 * TEQ_ANTILOG_STEPS; i++) {
            check(fscanf(sim, "%u", &got) == 1, "iverilog printed nothing for %u, %u", i, mb);
            check(got == teq_antilog(i, mb), "antilog(%u, %u): C %u, Verilog %u", i, mb,
                  teq_antilog(i, mb), got);
        }
    assert_int_equal(pclose(sim), 0);
}

/* Nearest integer to top * 2^(-i/48), and proof that the long double was good enough. */
static unsigned rounded(unsigned top, unsigned i)
{
    long double v = ldexpl((long double)top * exp2l(-(long double)(i % 48) / 48), -(int)(i / 48));
    if (i % 48 != 0) {
        long double from_tie = fabsl(v - floorl(v) - 0.5L);
        check(from_tie > 1e-9L, "%u * 2^(-%u/48) is too near a tie to tell", top, i);
    }
    return (unsigned)floorl(v + 0.5L);
}

static void test_rounding(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEQ_ANTILOG_STEPS; i++)
        check(teq_antilog_table[i] == rounded(1u << 20, i), "A[%u]: expected %u, got %u", i,
              rounded(1u << 20, i), teq_antilog_table[i]);
    for (unsigned mb = TEQ_MB_MIN; mb <= TEQ_ANTILOG_BITS_MAX; mb++)
        for (unsigned i = 0; i < 2 * TEQ_ANTILOG_STEPS; i++) {
            unsigned expected = rounded((1u << mb) - 1u, i), got = teq_antilog(i, mb);
            check(got == expected, "antilog(%u, %u): expected %u, got %u", i, mb, expected, got);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_tables_are_generated),
        cmocka_unit_test(test_verilog_agrees),
        cmocka_unit_test(test_rounding),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
