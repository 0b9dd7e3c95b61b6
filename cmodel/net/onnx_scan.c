/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_scan.h"

#include <stdio.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

typedef struct {
    const uint8_t *bytes;
    size_t at; /* the next byte */
    const char *file;
    teq_error *err;
    size_t messages;
    /* The way down: field names, and how often a repeated one was there. */
    int depth;
    const char *name[TEQ_SCAN_DEPTH];
    long index[TEQ_SCAN_DEPTH];
} scan;

static bool scan_fail(const scan *s, size_t at, const char *what)
{
    char path[200] = "model";
    size_t used = strlen(path);
    for (int i = 0; i < s->depth && used + 40 < sizeof path; i++) {
        used += (size_t)snprintf(path + used, sizeof path - used, ".%.24s", s->name[i]);
        if (s->index[i] >= 0 && used + 40 < sizeof path)
            used += (size_t)snprintf(path + used, sizeof path - used, "[%ld]", s->index[i]);
    }
    return teq_fail(s->err, TEQ_ERR_FORMAT, "%s: damaged or cut short at byte %zu, in %s: %s",
                    s->file, at, path, what);
}

static bool varint(scan *s, size_t end, uint64_t *value)
{
    size_t start = s->at;
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (s->at == end)
            return scan_fail(s, start, "a number runs past the end");
        uint8_t byte = s->bytes[s->at++];
        if (shift < 64)
            v |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *value = v;
            return true;
        }
    }
    return scan_fail(s, start, "a number of more than ten bytes");
}

static int wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    default:
        return WIRE_VARINT;
    }
}

/* The numbers of a packed field fill its bytes exactly. */
static bool packed(scan *s, int wire, size_t end)
{
    size_t start = s->at;
    uint64_t ignored;
    if (wire == WIRE_VARINT) {
        while (s->at < end)
            if (!varint(s, end, &ignored))
                return false;
        return true;
    }
    size_t each = wire == WIRE_32 ? 4 : 8;
    if ((end - start) % each != 0)
        return scan_fail(s, start, "a packed list ends inside a number");
    s->at = end;
    return true;
}

static bool message(scan *s, const ProtobufCMessageDescriptor *type, size_t end);

/* A field of a given length, from s->at to end. */
static bool contents(scan *s, const ProtobufCFieldDescriptor *field, long index, size_t end)
{
    if (field == NULL) {
        s->at = end;
        return true;
    }
    if (s->depth == TEQ_SCAN_DEPTH)
        return scan_fail(s, s->at, "messages inside messages, deeper than any network needs");
    s->name[s->depth] = field->name;
    s->index[s->depth++] = field->label == PROTOBUF_C_LABEL_REPEATED ? index : -1;
    bool ok = true;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        ok = message(s, field->descriptor, end);
    else if (wire_of(field->type) != WIRE_BYTES)
        ok = packed(s, wire_of(field->type), end);
    else
        s->at = end;
    s->depth--;
    return ok;
}

/* A field is longer than what is left of its message. Its contents are looked through as
 * far as they go: the file was cut where the innermost of them ends. */
static bool past_end(scan *s, const ProtobufCFieldDescriptor *field, long index, size_t start, size_t end)
{
    if (field == NULL || s->depth == TEQ_SCAN_DEPTH)
        return scan_fail(s, start, "a length runs past the end");
    if (field->type == PROTOBUF_C_TYPE_MESSAGE && !contents(s, field, index, end))
        return false;
    s->name[s->depth] = field->name;
    s->index[s->depth++] = field->label == PROTOBUF_C_LABEL_REPEATED ? index : -1;
    return scan_fail(s, start, "a length runs past the end");
}

/* The longest message of onnx.proto has 20 fields. */
#define MOST_FIELDS 64

static bool message(scan *s, const ProtobufCMessageDescriptor *type, size_t end)
{
    long seen[MOST_FIELDS] = {0};
    if (++s->messages > TEQ_SCAN_MESSAGES)
        return scan_fail(s, s->at, "more messages than any network needs");
    while (s->at < end) {
        size_t start = s->at;
        uint64_t key, length;
        if (!varint(s, end, &key))
            return false;
        if (key >> 3 == 0 || key >> 3 > 0x1fffffff)
            return scan_fail(s, start, "a field number out of range");
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(type, (unsigned)(key >> 3));
        int wire = (int)(key & 7);
        long index = 0;
        if (field != NULL) {
            size_t nth = (size_t)(field - type->fields);
            bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
            bool is_packed = repeated && wire == WIRE_BYTES;
            if (wire != wire_of(field->type) && !is_packed)
                return scan_fail(s, start, "a field of another type than expected");
            index = nth < MOST_FIELDS ? seen[nth]++ : 0;
            if (index > 0 && !repeated)
                return scan_fail(s, start, "a field is there twice");
        }
        size_t step = wire == WIRE_64 ? 8 : 4;
        switch (wire) {
        case WIRE_VARINT:
            if (!varint(s, end, &length))
                return false;
            break;
        case WIRE_64:
        case WIRE_32:
            if (end - s->at < step)
                return scan_fail(s, start, "a number runs past the end");
            s->at += step;
            break;
        case WIRE_BYTES:
            if (!varint(s, end, &length))
                return false;
            if (length > end - s->at)
                return past_end(s, field, index, start, end);
            if (!contents(s, field, index, s->at + (size_t)length))
                return false;
            break;
        default:
            return scan_fail(s, start, "an unknown wire type");
        }
    }
    return true;
}

bool teq_onnx_scan(const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t size,
                   const char *file, teq_error *err)
{
    scan s = {.bytes = bytes, .file = file, .err = err};
    return message(&s, type, size);
}
