/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint8_t *teq_file_read(const char *path, size_t *size, teq_error *err)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        teq_fail(err, TEQ_ERR_IO, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t room = 1 << 16;
    size_t used = 0;
    uint8_t *bytes = malloc(room);
    while (bytes != NULL) {
        used += fread(bytes + used, 1, room - used, f);
        if (used < room)
            break;
        uint8_t *more = room <= SIZE_MAX / 4 ? realloc(bytes, room * 2) : NULL;
        if (more == NULL)
            free(bytes);
        bytes = more;
        room *= 2;
    }
    if (bytes == NULL) {
        teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory to read the file", path);
    } else if (ferror(f)) {
        teq_fail(err, TEQ_ERR_IO, "%s: %s", path, strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    fclose(f);
    *size = used;
    return bytes;
}

bool teq_file_write(const char *path, const void *head, size_t head_size, const void *body,
                    size_t body_size, teq_error *err)
{
    size_t room = strlen(path) + 32;
    char *aside = malloc(room);
    if (aside == NULL)
        return teq_fail(err, TEQ_ERR_MEMORY, "%s: no memory", path);
    snprintf(aside, room, "%s.%ld.part", path, (long)getpid());

    bool ok = false;
    FILE *f = fopen(aside, "wb");
    if (f != NULL) {
        ok = fwrite(head, 1, head_size, f) == head_size;
        ok = ok && (body_size == 0 || fwrite(body, 1, body_size, f) == body_size);
        ok = (fclose(f) == 0) && ok;
        ok = ok && rename(aside, path) == 0;
    }
    if (!ok) {
        teq_fail(err, TEQ_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
        if (f != NULL)
            unlink(aside);
    }
    free(aside);
    return ok;
}
