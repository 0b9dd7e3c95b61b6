/* SPDX-License-Identifier: Apache-2.0
 *
 * The trainer of the embedded network: its parts, that it repeats itself, and
 * the files of cmodel/digits/data against each other. Run from the top folder.
 */
#include "../digits/adam.h"
#include "../digits/onnx_file.h"
#include "../digits/trainer.h"
#include "digits_check.h"
#include "onnx.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DATA "cmodel/digits/data"

static void rng_is_splitmix64(void **state)
{
    (void)state;
    rng r = {1234567}; /* first values of the published algorithm for this seed */
    assert_true(rng_next(&r) == UINT64_C(6457827717110365317));
    assert_true(rng_next(&r) == UINT64_C(3203168211198807973));
    int order[100], seen[100] = {0};
    rng_permutation(&r, 100, order);
    for (int i = 0; i < 100; i++)
        seen[order[i]]++;
    for (int i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
}

/* With fresh moments m' / sqrt(v') is the gradient's sign. */
static void adam_first_step(void **state)
{
    (void)state;
    static adam a;
    static double parameters[DIGITS_PARAMETERS], gradient[DIGITS_PARAMETERS];
    adam_init(&a);
    parameters[0] = parameters[1] = parameters[2] = 1.0;
    gradient[0] = 0.3;
    gradient[1] = -20.0;
    adam_step(&a, 0.01, 0.0, gradient, parameters);
    expect_near("adam", 0, 0.99, parameters[0], 1e-7);
    expect_near("adam", 1, 1.01, parameters[1], 1e-7);
    expect_near("adam", 2, 1.0, parameters[2], 0.0);
    gradient[0] = gradient[1] = 0.0;
    parameters[2] = 1.0;
    adam_step(&a, 0.01, 0.1, gradient, parameters);
    expect_near("adam decay", 2, 0.999, parameters[2], 1e-15);
}

static void images_move(void **state)
{
    (void)state;
    uint8_t pixels[DIGITS_PIXELS] = {0};
    double image[DIGITS_PIXELS];
    pixels[3 * 8 + 4] = 16;
    pixels[0] = 12; /* leaves at the left */
    digits_image(pixels, -1, 1, image);
    for (int i = 0; i < DIGITS_PIXELS; i++)
        expect_near("pixel", i, i == 4 * 8 + 3 ? 1.0 : -1.0, image[i], 0.0);
    digits_image(pixels, 0, 0, image);
    expect_near("pixel", 0, 0.5, image[0], 0.0);
}

static digits_set read_set(const char *name)
{
    digits_set set;
    teq_error err;
    if (!digits_set_read(DATA, name, &set, &err))
        fail_msg("%s", err.message);
    return set;
}

static void training_repeats_and_learns(void **state)
{
    (void)state;
    static double first[DIGITS_PARAMETERS], second[DIGITS_PARAMETERS];
    digits_set set = read_set("train");
    trainer_options o = trainer_defaults;
    teq_error err;
    o.seed = seed();
    o.epochs = 12;
    o.hold_out = set.count - 128;
    assert_true(trainer_run(&set, &o, first, &err));
    assert_true(trainer_run(&set, &o, second, &err));
    assert_memory_equal(first, second, sizeof first);
    for (int i = 0; i < DIGITS_PARAMETERS; i++) /* what the ONNX file can hold, and no more */
        assert_true(first[i] == (double)(float)first[i]);
    const int right = trainer_count_right(&set, 0, 128, first);
    if (right < 64)
        fail_msg("12 epochs over 128 images: %d right, expected at least 64", right);
    o.hold_out = set.count - 3;
    assert_false(trainer_run(&set, &o, first, &err));
    assert_non_null(strstr(err.message, "3 images"));
    o.hold_out = set.count - 128;
    o.rate = 1e200;
    assert_false(trainer_run(&set, &o, first, &err));
    assert_non_null(strstr(err.message, "not a number"));
    digits_set_free(&set);
}

/* --- the files that are kept --------------------------------------------------- */

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s: cannot open; run from the top folder", path);
    uint8_t *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

/* Initializer NAME.SUFFIX, which must hold exactly count floats, to doubles. */
static void take(const Onnx__GraphProto *g, const char *name, const char *suffix, int count,
                 double *out)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", name, suffix);
    for (size_t i = 0; i < g->n_initializer; i++) {
        const Onnx__TensorProto *t = g->initializer[i];
        if (strcmp(t->name, full) != 0)
            continue;
        assert_int_equal(t->raw_data.len, (size_t)count * sizeof(float));
        for (int j = 0; j < count; j++) {
            float value;
            memcpy(&value, t->raw_data.data + (size_t)j * sizeof value, sizeof value);
            out[j] = (double)value;
        }
        return;
    }
    fail_msg("%s/digits.onnx: expected an initializer %s", DATA, full);
}

static void read_network(double *parameters)
{
    size_t size;
    uint8_t *bytes = read_file(DATA "/digits.onnx", &size);
    Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, bytes);
    assert_non_null(model);
    assert_int_equal(model->ir_version, 8);
    assert_int_equal(model->opset_import[0]->version, 13);
    for (const digits_layer *l = digits_layers; l < digits_layers + DIGITS_LAYERS; l++) {
        take(model->graph, l->name, "weight", layer_weights(l), parameters + l->weight_at);
        take(model->graph, l->name, "bias", l->shape.out_channels, parameters + l->bias_at);
    }
    onnx__model_proto__free_unpacked(model, NULL);
    free(bytes);
}

static void kept_network_writes_itself(void **state)
{
    (void)state;
    static double parameters[DIGITS_PARAMETERS];
    char path[] = "/tmp/teq_digits_XXXXXX";
    teq_error err;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    read_network(parameters);
    assert_true(digits_onnx_write(path, parameters, &err));
    size_t kept_size, size;
    uint8_t *kept = read_file(DATA "/digits.onnx", &kept_size), *bytes = read_file(path, &size);
    assert_int_equal(size, kept_size);
    assert_memory_equal(bytes, kept, size);
    free(kept);
    free(bytes);
    remove(path);
    assert_false(digits_onnx_write("/nonexistent/digits.onnx", parameters, &err));
    assert_non_null(strstr(err.message, "/nonexistent/digits.onnx"));
}

static void kept_logits_and_accuracy(void **state)
{
    (void)state;
    static double parameters[DIGITS_PARAMETERS];
    digits_set eval = read_set("eval");
    teq_ndarray logits;
    teq_error err;
    int right = 0;
    read_network(parameters);
    if (!teq_npy_read(DATA "/digits_eval_logits.npy", &logits, &err))
        fail_msg("%s", err.message);
    assert_int_equal(logits.dtype, TEQ_F32);
    assert_int_equal(logits.count, eval.count * DIGITS_CLASSES);
    for (int i = 0; i < eval.count; i++) {
        double image[DIGITS_PIXELS];
        digits_activations a;
        digits_image(digits_pixels(&eval, i), 0, 0, image);
        digits_forward(parameters, image, &a);
        for (int c = 0; c < DIGITS_CLASSES; c++)
            expect_near("logit", i * DIGITS_CLASSES + c,
                        (double)((const float *)logits.data)[i * DIGITS_CLASSES + c], a.logits[c], 1e-6);
        right += digits_argmax(a.logits) == digits_label(&eval, i);
    }
    if (right * 1000 < 975 * eval.count)
        fail_msg("%d of %d evaluation images right, expected at least 97.5 %%", right, eval.count);
    teq_ndarray_free(&logits);
    digits_set_free(&eval);
}

static void kept_sets_fit_together(void **state)
{
    (void)state;
    digits_set train = read_set("train"), eval = read_set("eval");
    teq_ndarray calib;
    teq_error err;
    assert_true(teq_npy_read(DATA "/digits_calib_x.npy", &calib, &err));
    assert_int_equal(train.count, 1200);
    assert_int_equal(eval.count, 597);
    assert_int_equal(calib.dim[0], 128);
    assert_memory_equal(calib.data, train.pixels.data, calib.count);
    for (int i = 0; i < eval.count; i++) /* no image in both sets */
        for (int j = 0; j < train.count; j++)
            if (memcmp(digits_pixels(&eval, i), digits_pixels(&train, j), DIGITS_PIXELS) == 0)
                fail_msg("evaluation image %d is training image %d", i, j);
    teq_ndarray_free(&calib);
    digits_set_free(&train);
    digits_set_free(&eval);
}

static void bad_sets_are_named(void **state)
{
    (void)state;
    char dir[] = "/tmp/teq_digits_XXXXXX", x_path[64], y_path[64];
    uint8_t pixels[2 * DIGITS_PIXELS] = {0}, labels[2] = {0};
    float floats[2] = {0};
    teq_ndarray x = {TEQ_U8, 4, {2, 1, 8, 8}, 2 * DIGITS_PIXELS, pixels};
    teq_ndarray y = {TEQ_U8, 1, {2}, 2, labels}, f = {TEQ_F32, 1, {2}, 2, floats};
    digits_set set;
    teq_error err;
    assert_non_null(mkdtemp(dir));
    snprintf(x_path, sizeof x_path, "%s/digits_bad_x.npy", dir);
    snprintf(y_path, sizeof y_path, "%s/digits_bad_y.npy", dir);
    assert_true(teq_npy_write(x_path, &x, &err) && teq_npy_write(y_path, &y, &err));
    assert_true(digits_set_read(dir, "bad", &set, &err));
    digits_set_free(&set);

    pixels[70] = 17;
    assert_true(teq_npy_write(x_path, &x, &err));
    assert_false(digits_set_read(dir, "bad", &set, &err));
    assert_non_null(strstr(err.message, "digits_bad_x.npy: value 70: got 17"));
    pixels[70] = 0;
    x.dim[2] = 4, x.dim[3] = 16;
    assert_true(teq_npy_write(x_path, &x, &err));
    assert_false(digits_set_read(dir, "bad", &set, &err));
    assert_non_null(strstr(err.message, "digits_bad_x.npy: shape: axis 2: got 4, expected 8"));
    x.dim[2] = x.dim[3] = 8;
    assert_true(teq_npy_write(x_path, &x, &err));
    y.dim[0] = y.count = 1;
    assert_true(teq_npy_write(y_path, &y, &err));
    assert_false(digits_set_read(dir, "bad", &set, &err));
    assert_non_null(strstr(err.message, "got 1 labels, expected 2"));
    assert_true(teq_npy_write(y_path, &f, &err));
    assert_false(digits_set_read(dir, "bad", &set, &err));
    assert_non_null(strstr(err.message, "digits_bad_y.npy: dtype: got float32"));
    assert_true(teq_npy_write(y_path, &x, &err));
    assert_false(digits_set_read(dir, "bad", &set, &err));
    assert_non_null(strstr(err.message, "digits_bad_y.npy: shape: got rank 4"));
    remove(x_path);
    remove(y_path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rng_is_splitmix64),
        cmocka_unit_test(adam_first_step),
        cmocka_unit_test(images_move),
        cmocka_unit_test(training_repeats_and_learns),
        cmocka_unit_test(kept_network_writes_itself),
        cmocka_unit_test(kept_logits_and_accuracy),
        cmocka_unit_test(kept_sets_fit_together),
        cmocka_unit_test(bad_sets_are_named),
    };
    return cmocka_run_group_tests_name("digits_train", tests, NULL, NULL);
}
