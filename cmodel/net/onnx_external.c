/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights that lie in a file beside the model, as PyTorch's newer exporter writes them:
 * each tensor says location, offset and length.
 */
#include "file.h"
#include "onnx_import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file below the model's folder, nowhere else. */
static bool is_below(const char *location)
{
    if (location[0] == 0 || location[0] == '/')
        return false;
    for (const char *at = location; at != NULL; at = strchr(at, '/')) {
        at += *at == '/';
        if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == 0))
            return false;
    }
    return true;
}

static bool read_file(teq_importer *im, const char *name, const char *location)
{
    if (im->external_location != NULL && strcmp(im->external_location, location) == 0)
        return true;
    const char *slash = strrchr(im->path, '/');
    const int folder = slash != NULL ? (int)(slash - im->path) + 1 : 0;
    const size_t room = (size_t)folder + strlen(location) + 1;
    char *path = malloc(room);
    if (path == NULL)
        return teq_fail(im->err, TEQ_ERR_MEMORY, "%s: no memory", im->file);
    snprintf(path, room, "%.*s%s", folder, im->path, location);
    free(im->external);
    im->external_location = NULL;
    im->external = teq_file_read(path, &im->external_size, im->err);
    free(path);
    if (im->external == NULL)
        return teq_fail_prefix(im->err, "%s: tensor \"%s\"", im->file, name);
    im->external_location = location;
    return true;
}

static bool read_size(const char *text, size_t *value)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    *value = (size_t)v;
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0 && v <= SIZE_MAX;
}

bool teq_external_data(teq_importer *im, const Onnx__TensorProto *t, const char *name, const uint8_t **bytes, size_t *size)
{
    const char *location = "";
    size_t offset = 0, length = 0;
    bool has_length = false, ok = true;
    for (size_t i = 0; i < t->n_external_data; i++) {
        const char *key = teq_text(t->external_data[i]->key), *value = teq_text(t->external_data[i]->value);
        if (strcmp(key, "location") == 0)
            location = value;
        else if (strcmp(key, "offset") == 0)
            ok = ok && read_size(value, &offset);
        else if (strcmp(key, "length") == 0)
            ok = ok && (has_length = read_size(value, &length));
    }
    if (im->path == NULL)
        return teq_fail(im->err, TEQ_ERR_UNSUPPORTED, "%s: tensor \"%s\" is kept in another file (external data)", im->file,
                        name);
    if (!ok || !is_below(location))
        return teq_fail(im->err, TEQ_ERR_FORMAT,
                        "%s: tensor \"%s\": external data in \"%s\", expected a file in the model's folder and numbers for "
                        "offset and length",
                        im->file, name, location);
    if (!read_file(im, name, location))
        return false;
    const size_t left = offset <= im->external_size ? im->external_size - offset : 0;
    if (!has_length)
        length = left;
    if (offset > im->external_size || length > left)
        return teq_fail(im->err, TEQ_ERR_FORMAT,
                        "%s: tensor \"%s\": %zu bytes from %zu on, but \"%s\" has %zu: cut short, or of another model", im->file,
                        name, length, offset, location, im->external_size);
    *bytes = im->external + offset;
    *size = length;
    return true;
}
