/* SPDX-License-Identifier: Apache-2.0
 *
 * train -- the program behind `make train-digits`.
 *
 * Reads the training and evaluation images, trains, and writes to the output
 * folder (which must exist):
 *
 *   digits.onnx             the network
 *   digits_eval_logits.npy  float32, images x 10: what the network says to the
 *                           evaluation images, summed in double
 *   figures.md              the tables of docs/digits.md
 *   figures.json            the same figures for programs
 *
 * The evaluation images are looked at once, after the last step of training.
 */
#include "onnx_file.h"
#include "teq/clock.h"
#include "trainer.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct result {
    double parameters[DIGITS_PARAMETERS];
    float *logits; /* eval.count x 10 */
    int train_count, train_right, eval_count, eval_right;
    int macs;
} result;

static void show(int epoch, const trainer_options *o, double loss, double accuracy, double held_out)
{
    printf("epoch %3d of %d  loss %.5f  training images %6.2f %%", epoch, o->epochs, loss,
           100.0 * accuracy);
    if (held_out >= 0.0)
        printf("  held out %6.2f %%", 100.0 * held_out);
    putchar('\n');
    fflush(stdout);
}

/* Logits and right answers for the evaluation images. */
static bool evaluate(const digits_set *eval, result *r, teq_error *err)
{
    r->logits = malloc((size_t)eval->count * DIGITS_CLASSES * sizeof *r->logits);
    if (r->logits == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "evaluation: out of memory");
    r->eval_count = eval->count;
    for (int i = 0; i < eval->count; i++) {
        double image[DIGITS_PIXELS];
        digits_activations a;
        digits_image(digits_pixels(eval, i), 0, 0, image);
        digits_forward(r->parameters, image, &a);
        r->eval_right += digits_argmax(a.logits) == digits_label(eval, i);
        for (int c = 0; c < DIGITS_CLASSES; c++)
            r->logits[i * DIGITS_CLASSES + c] = (float)a.logits[c];
    }
    return true;
}

static bool write_logits(const char *dir, const result *r, teq_error *err)
{
    char path[1024];
    const size_t rows = (size_t)r->eval_count;
    const teq_ndarray a = {TEQ_F32, 2, {rows, DIGITS_CLASSES}, rows * DIGITS_CLASSES, r->logits};
    snprintf(path, sizeof path, "%s/digits_eval_logits.npy", dir);
    return teq_npy_write(path, &a, err);
}

static bool write_markdown(const char *dir, const result *r, teq_error *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/figures.md", dir);
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return teq_fail(err, TEQ_ERR_IO, "%s: %s", path, strerror(errno));
    fprintf(f, "| layer | kind | in | kernel | stride | pads t,l,b,r | K | outputs | pixels | parameters | MACs |\n"
               "|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (const digits_layer *l = digits_layers; l < digits_layers + DIGITS_LAYERS; l++) {
        const conv_shape *s = &l->shape;
        fprintf(f, "| %s | %s | %dx%dx%d | %dx%d | %d | %d,%d,%d,%d | %d | %d | %d | %d | %d |\n", l->name,
                l->kind, s->in_channels, s->in_height, s->in_width, s->kernel, s->kernel, s->stride,
                s->pad_top, s->pad_left, s->pad_bottom, s->pad_right, layer_k(l), s->out_channels,
                layer_pixels(l), layer_weights(l) + s->out_channels, layer_macs(l));
    }
    fprintf(f, "| all | | | | | | | | | %d | %d |\n\n", DIGITS_PARAMETERS, r->macs);
    fprintf(f, "| images | number | right | accuracy |\n|---|---|---|---|\n");
    fprintf(f, "| training | %d | %d | %.2f %% |\n", r->train_count, r->train_right,
            100.0 * r->train_right / r->train_count);
    fprintf(f, "| evaluation | %d | %d | %.2f %% |\n", r->eval_count, r->eval_right,
            100.0 * r->eval_right / r->eval_count);
    if (fclose(f) != 0)
        return teq_fail(err, TEQ_ERR_IO, "%s: %s", path, strerror(errno));
    return true;
}

static bool write_json(const char *dir, const result *r, const trainer_options *o, double seconds,
                       teq_error *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/figures.json", dir);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddNumberToObject(j, "parameters", DIGITS_PARAMETERS);
    cJSON_AddNumberToObject(j, "macs", r->macs);
    cJSON_AddNumberToObject(j, "images_train", r->train_count);
    cJSON_AddNumberToObject(j, "images_eval", r->eval_count);
    cJSON_AddNumberToObject(j, "accuracy_train", (double)r->train_right / r->train_count);
    cJSON_AddNumberToObject(j, "accuracy_eval", (double)r->eval_right / r->eval_count);
    cJSON_AddNumberToObject(j, "epochs", o->epochs);
    cJSON_AddNumberToObject(j, "seconds", seconds);
    char *text = cJSON_Print(j);
    FILE *f = fopen(path, "w");
    bool ok = text != NULL && f != NULL && fprintf(f, "%s\n", text) > 0;
    if (f != NULL && fclose(f) != 0)
        ok = false;
    free(text);
    cJSON_Delete(j);
    return ok || teq_fail(err, TEQ_ERR_IO, "%s: %s", path, strerror(errno));
}

static bool train(const char *data, const char *out, const trainer_options *o, result *r,
                  teq_error *err)
{
    digits_set images = {0}, eval = {0};
    char path[1024];
    const double start = teq_seconds();
    if (access(out, W_OK) != 0) /* known now rather than after the training */
        return teq_fail(err, TEQ_ERR_IO, "%s: %s", out, strerror(errno));
    snprintf(path, sizeof path, "%s/digits.onnx", out);
    bool ok = digits_set_read(data, "train", &images, err) && digits_set_read(data, "eval", &eval, err) &&
              trainer_run(&images, o, r->parameters, err);
    const double seconds = teq_seconds() - start;
    if (ok && o->hold_out > 0) {
        printf("images were held out: nothing is written\n");
    } else if (ok) {
        for (const digits_layer *l = digits_layers; l < digits_layers + DIGITS_LAYERS; l++)
            r->macs += layer_macs(l);
        r->train_count = images.count;
        r->train_right = trainer_count_right(&images, 0, images.count, r->parameters);
        ok = evaluate(&eval, r, err) && digits_onnx_write(path, r->parameters, err) &&
             write_logits(out, r, err) && write_markdown(out, r, err) &&
             write_json(out, r, o, seconds, err);
        if (ok)
            printf("%d of %d evaluation images right, %.2f %%; %d parameters, %d MACs; %.0f s\n"
                   "written: %s\n", r->eval_right, r->eval_count, 100.0 * r->eval_right / r->eval_count,
                   DIGITS_PARAMETERS, r->macs, seconds, path);
    }
    free(r->logits);
    digits_set_free(&images);
    digits_set_free(&eval);
    return ok;
}

/* Whole text as a number from 0 to `largest`, or a message and false. */
static bool number(const char *option, const char *text, double largest, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && *end == '\0' && *out >= 0.0 && *out <= largest)
        return true;
    fprintf(stderr, "train: --%s: got \"%s\", expected a number from 0 to %g\n", option, text, largest);
    return false;
}

static int usage(void)
{
    fprintf(stderr, "usage: train --data DIR --out DIR [--seed N] [--epochs N] [--batch N] [--rate X]\n"
                    "             [--decay X] [--hold-out N]\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"data", required_argument, NULL, 'd'},   {"out", required_argument, NULL, 'o'},
        {"seed", required_argument, NULL, 's'},   {"epochs", required_argument, NULL, 'e'},
        {"batch", required_argument, NULL, 'b'},  {"rate", required_argument, NULL, 'r'},
        {"decay", required_argument, NULL, 'w'},  {"hold-out", required_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    trainer_options o = trainer_defaults;
    const char *data = NULL, *out = NULL;
    o.progress = show;
    for (int c, at; (c = getopt_long(argc, argv, "", options, &at)) != -1;) {
        double value = 0.0;
        if (c == '?')
            return usage();
        if (c != 'd' && c != 'o' && !number(options[at].name, optarg, 1e9, &value))
            return 2;
        switch (c) {
        case 'd': data = optarg; break;
        case 'o': out = optarg; break;
        case 's': o.seed = (uint64_t)value; break;
        case 'e': o.epochs = (int)value; break;
        case 'b': o.batch = (int)value; break;
        case 'r': o.rate = value; break;
        case 'w': o.decay = value; break;
        default: o.hold_out = (int)value; break;
        }
    }
    if (data == NULL || out == NULL || optind != argc)
        return usage();
    static result r;
    teq_error err;
    if (train(data, out, &o, &r, &err))
        return 0;
    fprintf(stderr, "train: %s\n", err.message);
    return 1;
}
