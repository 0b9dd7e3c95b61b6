/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "teq/npy.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A .npy file in memory; the header is padded as version `major` asks. */
static size_t make(uint8_t *file, int major, const char *dict, const void *data, size_t n)
{
    size_t start = major == 1 ? 10 : 12, length = strlen(dict);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (uint8_t)major;
    file[7] = 0;
    memset(file + 8, 0, 4);
    file[8] = (uint8_t)(length & 255);
    file[9] = (uint8_t)(length >> 8);
    memcpy(file + start, dict, length);
    memcpy(file + start + length, data, n);
    return start + length + n;
}

static void refused(const char *dict, size_t data_bytes, const char *word)
{
    static const uint8_t zero[256];
    uint8_t file[1024];
    teq_ndarray a;
    teq_error err = {0};
    size_t n = make(file, 1, dict, zero, data_bytes);
    if (teq_npy_parse(file, n, "bad.npy", &a, &err))
        fail_msg("accepted: %s", dict);
    if (strstr(err.message, "bad.npy: ") != err.message || strstr(err.message, word) == NULL)
        fail_msg("%s: error is \"%s\", expected in it \"%s\"", dict, err.message, word);
    assert_null(a.data);
}

static void test_types(void **state)
{
    (void)state;
    uint8_t file[1024];
    teq_ndarray a;
    teq_error err;
    static const float f[6] = {0, 1, -2.5f, 3e38f, -0.0f, 0x1p-149f};
    size_t n = make(file, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n", f, sizeof f);
    assert_true(teq_npy_parse(file, n, "f4", &a, &err));
    assert_int_equal(a.rank, 2);
    assert_int_equal(a.dim[0], 2);
    assert_int_equal(a.dim[1], 3);
    assert_int_equal(a.dtype, TEQ_F32);
    assert_memory_equal(a.data, f, sizeof f);
    teq_ndarray_free(&a);

    static const double d[3] = {1.5, -2, 1e300};
    n = make(file, 2, "{\"shape\":(2L,),\"descr\":\"<f8\",\"fortran_order\":False}", d, 16);
    assert_true(teq_npy_parse(file, n, "f8", &a, &err));
    assert_true(((float *)a.data)[0] == 1.5f && ((float *)a.data)[1] == -2.0f);
    teq_ndarray_free(&a);
    n = make(file, 2, "{'shape':(3,),'descr':'<f8','fortran_order':False}", d, 24);
    assert_false(teq_npy_parse(file, n, "f8", &a, &err));
    assert_non_null(strstr(err.message, "value 2 is 1e+300"));

    static const int8_t i1[2] = {-128, 127};
    n = make(file, 1, "{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}", i1, 2);
    assert_true(teq_npy_parse(file, n, "i1", &a, &err));
    assert_int_equal(a.dtype, TEQ_I8);
    int32_t *labels = teq_ndarray_to_int(&a, &err);
    assert_int_equal(labels[0], -128);
    free(labels);
    teq_ndarray_free(&a);

    static const int64_t i8[3] = {-5, INT32_MAX, (int64_t)INT32_MAX + 1};
    n = make(file, 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (2,)}", i8, 16);
    assert_true(teq_npy_parse(file, n, "i8", &a, &err));
    assert_int_equal(((int32_t *)a.data)[0], -5);
    assert_int_equal(((int32_t *)a.data)[1], INT32_MAX);
    teq_ndarray_free(&a);
    n = make(file, 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (3,)}", i8, 24);
    assert_false(teq_npy_parse(file, n, "i8", &a, &err));
    assert_non_null(strstr(err.message, "beyond int32"));

    static const int16_t i2[1] = {-300};
    n = make(file, 1, "{'descr': '<i2', 'fortran_order': False, 'shape': ()}", i2, 2);
    assert_true(teq_npy_parse(file, n, "i2", &a, &err));
    assert_int_equal(a.rank, 0);
    assert_int_equal(((int32_t *)a.data)[0], -300);
    teq_ndarray_free(&a);

    n = make(file, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 7)}", i2, 0);
    assert_true(teq_npy_parse(file, n, "empty", &a, &err));
    assert_int_equal(a.count, 0);
    teq_ndarray_free(&a);
}

static void test_refused(void **state)
{
    (void)state;
    refused("{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", 8, "fortran_order");
    refused("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", 8, "'>f4'");
    refused("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", 8, "'|O'");
    refused("{'descr': [('a','<f4')], 'fortran_order': False, 'shape': (2,)}", 8, "descr");
    refused("{'descr': '<f4', 'fortran_order': False}", 8, "shape is missing");
    refused("{'fortran_order': False, 'shape': (2,)}", 8, "descr is missing");
    refused("{'descr': '<f4', 'shape': (2,)}", 8, "fortran_order is missing");
    refused("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, "twice");
    refused("{'descr': '<f4', 'color': 'red', 'fortran_order': False, 'shape': (2,)}", 8, "'color'");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8, "after the dictionary");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", 8, "shape");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", 4, "at most 8");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2", 8, "shape");
    refused("'descr'", 8, "dictionary");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 8, "cut short in the data");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", 8, "4 bytes after the data");
    /* Sizes that overflow, and sizes that no file has. */
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 8, "cut short");
    refused("{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,)}", 8, "cut short");
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}", 8, "shape");
}

static void test_cut(void **state)
{
    (void)state;
    uint8_t file[256];
    teq_error err;
    teq_ndarray a;
    static const float f[4] = {1, 2, 3, 4};
    for (int major = 1; major <= 2; major++) {
        size_t n = make(file, major, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}\n", f, 16);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *part = malloc(cut + 1);
            memcpy(part, file, cut);
            assert_false(teq_npy_parse(part, cut, "cut", &a, &err));
            free(part);
        }
        assert_true(teq_npy_parse(file, n, "whole", &a, &err));
        teq_ndarray_free(&a);
        file[6] = 3;
        assert_false(teq_npy_parse(file, n, "version", &a, &err));
        assert_non_null(strstr(err.message, "3.0"));
    }
}

static int files_in(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;
    while (d != NULL && readdir(d) != NULL)
        n++;
    closedir(d);
    return n - 2;
}

static void test_write(void **state)
{
    (void)state;
    char dir[] = "/tmp/teq_npy_XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.npy", dir);
    teq_error err;
    for (int type = TEQ_F32; type <= TEQ_I32; type++)
        for (int rank = 0; rank <= 4; rank++) {
            teq_ndarray a = {.dtype = (teq_dtype)type, .rank = rank, .dim = {2, 3, 1, 2}, .count = 1}, b;
            for (int i = 0; i < rank; i++)
                a.count *= a.dim[i];
            size_t bytes = a.count * teq_dtype_size(a.dtype);
            uint8_t *data = malloc(bytes);
            for (size_t i = 0; i < bytes; i++)
                data[i] = (uint8_t)(i * 37 % 120);
            a.data = data;
            assert_true(teq_npy_write(path, &a, &err));
            assert_true(teq_npy_read(path, &b, &err));
            assert_int_equal(a.dtype, b.dtype);
            assert_int_equal(a.rank, b.rank);
            assert_int_equal(a.count, b.count);
            for (int i = 0; i < rank; i++)
                assert_int_equal(a.dim[i], b.dim[i]);
            assert_memory_equal(a.data, b.data, bytes);
            teq_ndarray_free(&b);
            free(data);
        }
    assert_int_equal(files_in(dir), 1); /* nothing is left aside */
    float one = 1;
    teq_ndarray wrong = {.dtype = TEQ_F32, .rank = 1, .dim = {2}, .count = 1, .data = &one}, b;
    assert_false(teq_npy_write(path, &wrong, &err));
    assert_true(teq_npy_read(path, &b, &err)); /* the good file is still there */
    assert_int_equal(b.rank, 4);
    teq_ndarray_free(&b);
    wrong.count = 2;
    wrong.dim[0] = 2;
    snprintf(path, sizeof path, "%s/nowhere/a.npy", dir);
    assert_false(teq_npy_write(path, &wrong, &err));
    assert_non_null(strstr(err.message, path));
    assert_false(teq_npy_read(path, &b, &err));
    snprintf(path, sizeof path, "%s/a.npy", dir);
    unlink(path);
    rmdir(dir);
}

static void test_real_values(void **state)
{
    (void)state;
    teq_error err;
    static int8_t q[3] = {-128, 0, 127};
    teq_ndarray a = {.dtype = TEQ_I8, .rank = 1, .dim = {3}, .count = 3, .data = q};
    float *x = teq_ndarray_to_float(&a, 0.5847029, 83, &err);
    for (int i = 0; i < 3; i++)
        assert_true(x[i] == (float)(q[i] - 83) * 0.5847029f);
    free(x);
    x = teq_ndarray_to_float(&a, 2.0, -0.5, &err);
    for (int i = 0; i < 3; i++)
        assert_true(x[i] == (float)(2 * q[i] + 1));
    free(x);
    assert_null(teq_ndarray_to_float(&a, 0, 0, &err));
    assert_null(teq_ndarray_to_float(&a, -1, 0, &err));
    assert_null(teq_ndarray_to_float(&a, (double)NAN, 0, &err));
    assert_null(teq_ndarray_to_float(&a, (double)INFINITY, 0, &err));
    static float f[1] = {2};
    a = (teq_ndarray){.dtype = TEQ_F32, .rank = 1, .dim = {1}, .count = 1, .data = f};
    x = teq_ndarray_to_float(&a, 1, 0, &err);
    assert_true(x[0] == 2.0f);
    free(x);
    assert_null(teq_ndarray_to_int(&a, &err));
    assert_string_equal(teq_dtype_name(TEQ_U8), "uint8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types), cmocka_unit_test(test_refused), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_write), cmocka_unit_test(test_real_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
