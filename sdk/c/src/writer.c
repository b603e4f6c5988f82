/// A column of the output, written row by row.

#include <string.h>

#include "limosa/failure.h"
#include "limosa/memory.h"
#include "limosa/output.h"

enum { FIRST_BYTES = 4096 };

static limosa_writer writer_of(limosa_layout layout, uint32_t capacity, size_t size) {
    return (limosa_writer){
        .layout = layout,
        .capacity = capacity,
        .values.integers = limosa_allocate(capacity * size),
    };
}

limosa_writer limosa_write_integers(uint32_t capacity) {
    return writer_of(LIMOSA_LAYOUT_INTEGERS, capacity, sizeof(int64_t));
}

limosa_writer limosa_write_floats(uint32_t capacity) {
    return writer_of(LIMOSA_LAYOUT_FLOATS, capacity, sizeof(double));
}

limosa_writer limosa_write_decimals(uint32_t capacity) {
    return writer_of(LIMOSA_LAYOUT_DECIMALS, capacity, sizeof(limosa_decimal));
}

limosa_writer limosa_write_texts(uint32_t capacity) {
    limosa_writer writer = writer_of(LIMOSA_LAYOUT_TEXTS, 0, 0);
    writer.capacity = capacity;
    // One more, for where the last row ends.
    writer.values.offsets = limosa_allocate(((size_t)capacity + 1) * sizeof(uint32_t));
    return writer;
}

/// Whether one more row of that layout may be pushed; else the call fails.
static bool may_push(const limosa_writer *writer, limosa_layout layout) {
    if (writer->layout != layout) {
        limosa_fail("a column of the output was written as another type than it was begun with");
    } else if (writer->count == writer->capacity) {
        limosa_fail("a column of the output was written with more rows than it was begun for");
    } else {
        return true;
    }
    return false;
}

void limosa_push_integer(limosa_writer *writer, int64_t value) {
    if (may_push(writer, LIMOSA_LAYOUT_INTEGERS)) {
        writer->values.integers[writer->count++] = value;
    }
}

void limosa_push_float(limosa_writer *writer, double value) {
    if (may_push(writer, LIMOSA_LAYOUT_FLOATS)) {
        writer->values.floats[writer->count++] = value;
    }
}

void limosa_push_decimal(limosa_writer *writer, limosa_decimal value) {
    if (may_push(writer, LIMOSA_LAYOUT_DECIMALS)) {
        writer->values.decimals[writer->count++] = value;
    }
}

/// Room for `length` more bytes. A component's memory is below 4 GiB, so that sums of sizes in it do not wrap.
static void reserve(limosa_writer *writer, size_t used, size_t length) {
    if (length <= writer->byte_capacity - used) {
        return;
    }
    size_t wanted = used + length;
    size_t capacity = writer->byte_capacity == 0 ? FIRST_BYTES : writer->byte_capacity * 2;
    capacity = capacity < wanted ? wanted : capacity;
    char *bytes = limosa_allocate(capacity);
    if (used > 0) {
        memcpy(bytes, writer->bytes, used);
    }
    writer->bytes = bytes;
    writer->byte_capacity = capacity;
}

void limosa_push_text(limosa_writer *writer, const char *start, size_t length) {
    if (may_push(writer, LIMOSA_LAYOUT_TEXTS)) {
        uint32_t *offsets = writer->values.offsets;
        size_t used = offsets[writer->count];
        reserve(writer, used, length);
        if (length > 0) {
            memcpy(writer->bytes + used, start, length);
        }
        offsets[++writer->count] = (uint32_t)(used + length);
    }
}

void limosa_push_null(limosa_writer *writer) {
    if (!may_push(writer, writer->layout)) {
        return;
    }
    if (writer->valid == NULL) {
        size_t length = writer->capacity / 8 + 1;
        writer->valid = memset(limosa_allocate(length), 0xff, length);
    }
    writer->valid[writer->count / 8] &= (uint8_t)~(1u << writer->count % 8);
    if (writer->layout == LIMOSA_LAYOUT_TEXTS) {
        limosa_push_text(writer, NULL, 0);
    } else {
        writer->count++; // The value there is zero.
    }
}

void limosa_put(limosa_output *output, uint16_t column, const limosa_writer *writer) {
    switch (writer->layout) {
    case LIMOSA_LAYOUT_INTEGERS:
        limosa_put_integers(output, column, writer->values.integers, writer->count, writer->valid);
        break;
    case LIMOSA_LAYOUT_FLOATS:
        limosa_put_floats(output, column, writer->values.floats, writer->count, writer->valid);
        break;
    case LIMOSA_LAYOUT_DECIMALS:
        limosa_put_decimals(output, column, writer->values.decimals, writer->count, writer->valid);
        break;
    case LIMOSA_LAYOUT_TEXTS:
        limosa_put_texts(output, column, writer->values.offsets, writer->count, writer->bytes, writer->valid);
        break;
    }
}
