/// Reading columns: what the host hands over is held against what the column is.

#include "limosa/batch.h"

#include "call.h"
#include "limosa/failure.h"

/// A set of kinds, for one question instead of many.
#define ANY_OF(...) any_of((const limosa_kind[]){__VA_ARGS__, LIMOSA_OTHER + 1})

static uint32_t any_of(const limosa_kind *kinds) {
    uint32_t set = 0;
    for (; *kinds <= LIMOSA_OTHER; kinds++) {
        set |= 1u << *kinds;
    }
    return set;
}

/// A number of 16 bits as text, to the left of `end`.
static const char *decimal_text(uint16_t number, char *end) {
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

static bool fails(const limosa_batch *batch, uint16_t column, const char *problem) {
    char digits[6] = {0};
    const char *place = decimal_text(column, digits + sizeof digits - 1);
    if (column < batch->table->column_count) {
        const limosa_column *found = &batch->table->columns[column];
        limosa_fail("column ", place, " is ", found->type, " (role `", found->role, "`), ", problem);
    } else {
        limosa_fail("column ", place, " is not there");
    }
    return false;
}

/// Whether a column is of one of the kinds; `problem` is what the failure says if not.
static bool is(const limosa_batch *batch, uint16_t column, uint32_t kinds, const char *problem) {
    return (column < batch->table->column_count && kinds >> batch->table->columns[column].kind & 1) ||
           fails(batch, column, problem);
}

/// Takes the bitmap of an answer; false where it is too short.
static bool bitmap(const host_option *answer, uint32_t length, const uint8_t **bits) {
    *bits = answer->present ? answer->list.start : NULL;
    return !answer->present || answer->list.length >= length / 8 + (length % 8 > 0);
}

/// Which of the rows hold values, if there are as many as the batch has; else none.
static limosa_presence presence(const limosa_batch *batch, uint16_t column, size_t length) {
    limosa_presence rows = {.first_row = batch->first_row};
    host_option valid, exceptional;
    host_batch_validity(batch->handle, column, &valid);
    host_batch_exceptions(batch->handle, column, &exceptional);
    if (length != batch->length) {
        fails(batch, column, "and has not as many rows as its batch");
    } else if (!bitmap(&valid, batch->length, &rows.valid) || !bitmap(&exceptional, batch->length, &rows.exceptional)) {
        fails(batch, column, "and has a bitmap that is too short");
    } else {
        rows.length = batch->length;
    }
    return rows;
}

limosa_batch limosa_batch_from(int32_t handle, const limosa_table *table) {
    return (limosa_batch){
        .length = (uint32_t)host_batch_length(handle),
        .first_row = (uint64_t)host_batch_first_row(handle),
        .table = table,
        .handle = handle,
    };
}

limosa_integers limosa_read_integers(const limosa_batch *batch, uint16_t column) {
    uint32_t kinds = ANY_OF(LIMOSA_BOOLEAN, LIMOSA_INTEGER, LIMOSA_DATE, LIMOSA_TIME, LIMOSA_TIMESTAMP);
    if (!is(batch, column, kinds, "not integers")) {
        return (limosa_integers){0};
    }
    host_list values;
    host_batch_integers(batch->handle, column, &values);
    return (limosa_integers){presence(batch, column, values.length), values.start};
}

limosa_floats limosa_read_floats(const limosa_batch *batch, uint16_t column) {
    if (!is(batch, column, ANY_OF(LIMOSA_FLOAT), "not floats")) {
        return (limosa_floats){0};
    }
    host_list values;
    host_batch_floats(batch->handle, column, &values);
    return (limosa_floats){presence(batch, column, values.length), values.start};
}

limosa_decimals limosa_read_decimals(const limosa_batch *batch, uint16_t column) {
    static const char PROBLEM[] = "not decimals of at most 38 digits";
    if (!is(batch, column, ANY_OF(LIMOSA_DECIMAL), PROBLEM) ||
        (!limosa_is_fixed_point(&batch->table->columns[column]) && !fails(batch, column, PROBLEM))) {
        return (limosa_decimals){0};
    }
    host_list bytes;
    host_batch_decimals(batch->handle, column, &bytes);
    // 16 bytes a row, in memory that is aligned for them.
    return (limosa_decimals){presence(batch, column, bytes.length / sizeof(limosa_decimal)), bytes.start};
}

/// Offsets that run backwards or past the bytes would read memory of somebody else.
static const char *problem_of(const host_bytes *answer) {
    const uint32_t *offsets = answer->offsets.start;
    size_t count = answer->offsets.length;
    if (count == 0 || offsets[count - 1] != answer->bytes.length) {
        return "and its offsets end elsewhere than the bytes";
    }
    for (size_t i = 1; i < count; i++) {
        if (offsets[i - 1] > offsets[i]) {
            return "and its offsets run backwards";
        }
    }
    return NULL;
}

static limosa_texts read_bytes(const limosa_batch *batch, uint16_t column) {
    host_bytes answer;
    host_batch_bytes(batch->handle, column, &answer);
    const char *problem = problem_of(&answer);
    if (problem != NULL) {
        fails(batch, column, problem);
        return (limosa_texts){0};
    }
    return (limosa_texts){presence(batch, column, answer.offsets.length - 1), answer.offsets.start, answer.bytes.start};
}

limosa_texts limosa_read_texts(const limosa_batch *batch, uint16_t column) {
    static const char PROBLEM[] = "not text";
    uint32_t kinds = ANY_OF(LIMOSA_TEXT, LIMOSA_UUID, LIMOSA_JSON, LIMOSA_DECIMAL, LIMOSA_OTHER);
    if (!is(batch, column, kinds, PROBLEM) ||
        (limosa_is_fixed_point(&batch->table->columns[column]) && !fails(batch, column, PROBLEM))) {
        return (limosa_texts){0};
    }
    return read_bytes(batch, column);
}

limosa_texts limosa_read_bytes(const limosa_batch *batch, uint16_t column) {
    uint32_t kinds = ANY_OF(LIMOSA_BYTES, LIMOSA_TEXT, LIMOSA_UUID, LIMOSA_JSON, LIMOSA_OTHER);
    if (!is(batch, column, kinds, "not bytes")) {
        return (limosa_texts){0};
    }
    return read_bytes(batch, column);
}

limosa_presence limosa_read_presence(const limosa_batch *batch, uint16_t column) {
    if (!is(batch, column, UINT32_MAX, "")) {
        return (limosa_presence){0};
    }
    return presence(batch, column, batch->length);
}
