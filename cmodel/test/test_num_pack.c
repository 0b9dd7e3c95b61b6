/* SPDX-License-Identifier: Apache-2.0
 *
 * Bit streams: layout, every width and count, random round trips.
 */
#include "num_check.h"
#include "teq/format.h"

#include <string.h>

static void test_layout(void **state)
{
    (void)state;
    /* code i of width 5 at bits 5i..5i+4, least significant first */
    const uint8_t codes[5] = {0x1f, 0x00, 0x15, 0x0a, 0x11};
    const uint8_t expected[4] = {0x1f, 0x54, 0x15, 0x01};
    uint8_t got[4];
    assert_int_equal(teq_packed_size(5, 5), 4);
    teq_pack(codes, 5, 5, got);
    assert_memory_equal(got, expected, 4);
}

/* Bit by bit, as the page says it. */
static void pack_slowly(const uint8_t *codes, size_t count, unsigned width, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++)
        for (unsigned j = 0; j < width; j++) {
            size_t bit = i * width + j;
            bytes[bit / 8] |= (uint8_t)(((codes[i] >> j) & 1u) << bit % 8);
        }
}

static void test_round_trip(void **state)
{
    (void)state;
    enum { MOST = 67 };
    num_random random = num_random_init("test_num_pack");
    for (unsigned width = 1; width <= 8; width++)
        for (size_t count = 0; count <= MOST; count++) {
            uint8_t codes[MOST + 1], back[MOST + 1], expected[MOST + 1] = {0};
            uint8_t bytes[MOST + 1];
            for (size_t i = 0; i < count; i++)
                codes[i] = (uint8_t)num_random_next(&random); /* higher bits are ignored */
            size_t size = teq_packed_size(count, width);
            assert_int_equal(size, (count * width + 7) / 8);
            memset(bytes, 0xa5, sizeof bytes);
            teq_pack(codes, count, width, bytes);
            check(bytes[size] == 0xa5, "width %u, count %zu: written past the end", width, count);
            pack_slowly(codes, count, width, expected);
            assert_memory_equal(bytes, expected, size);
            teq_unpack(bytes, count, width, back);
            for (size_t i = 0; i < count; i++)
                check(back[i] == (codes[i] & ((1u << width) - 1u)),
                      "width %u, count %zu: code %zu: put in %u, got %u", width, count, i,
                      codes[i], back[i]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
