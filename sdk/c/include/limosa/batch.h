/// A run of rows, read column by column.
///
/// Nothing crosses from the host until a column is read; one that is read crosses whole, in one copy. So read the columns that
/// you use, each once. A column that holds something else than what it is read as makes the call fail, and reads as no rows.
#ifndef LIMOSA_BATCH_H
#define LIMOSA_BATCH_H

#include "limosa/decimal.h"
#include "limosa/table.h"

/// Rows that the host holds.
typedef struct limosa_batch {
    uint32_t length;
    /// The host's number of the first row; row `i` has the number `first_row + i`.
    uint64_t first_row;
    const limosa_table *table;
    /// The SDK's own.
    int32_t handle;
} limosa_batch;

/// Which rows of a column hold a value.
///
/// A row holds a value, or a null, or an *exception*: a stored value that does not fit the column's type (text in a number
/// column of SQLite, MySQL's day zero). An exception is no null, and not readable.
typedef struct limosa_presence {
    uint32_t length;
    uint64_t first_row;
    /// One bit a row, the least significant first, set where there is no null; NULL: no nulls.
    const uint8_t *valid;
    /// One bit a row, set where there is an exception; NULL: no exceptions.
    const uint8_t *exceptional;
} limosa_presence;

/// Booleans (0, 1), integers, dates (days), times and timestamps (microseconds).
typedef struct limosa_integers {
    limosa_presence rows;
    const int64_t *values;
} limosa_integers;

/// Floats.
typedef struct limosa_floats {
    limosa_presence rows;
    const double *values;
} limosa_floats;

/// Decimals of at most 38 digits, × 10^scale of the column.
typedef struct limosa_decimals {
    limosa_presence rows;
    const limosa_decimal *values;
} limosa_decimals;

/// Texts or bytes: those of row `i` start at `bytes + offsets[i]` and end before `bytes + offsets[i + 1]`.
typedef struct limosa_texts {
    limosa_presence rows;
    const uint32_t *offsets;
    const char *bytes;
} limosa_texts;

/// A text or bytes in their place: no NUL ends them.
typedef struct limosa_text {
    const char *start;
    size_t length;
} limosa_text;

/// The answer to a lookup.
typedef struct limosa_lookup {
    uint32_t length;
    /// One bit a row, set where the key exists. A null key counts as existing.
    const uint8_t *found;
} limosa_lookup;

/// Booleans, integers, dates, times and timestamps.
limosa_integers limosa_read_integers(const limosa_batch *batch, uint16_t column);

/// Floats.
limosa_floats limosa_read_floats(const limosa_batch *batch, uint16_t column);

/// Decimals for which `limosa_is_fixed_point` holds.
limosa_decimals limosa_read_decimals(const limosa_batch *batch, uint16_t column);

/// Text, UUIDs, JSON; wider or unbounded decimals; types that this SDK does not know. The host sends UTF-8.
limosa_texts limosa_read_texts(const limosa_batch *batch, uint16_t column);

/// Bytes, or the bytes of a text.
limosa_texts limosa_read_bytes(const limosa_batch *batch, uint16_t column);

/// Which rows are null or exceptions, without a value: for columns of any type.
limosa_presence limosa_read_presence(const limosa_batch *batch, uint16_t column);

/// Which rows' values of `columns` exist in the target that the configuration binds to `target`. Checks only.
limosa_lookup limosa_look_up(const limosa_batch *batch, limosa_columns columns, const char *target);

/// Whether bit `row` of a bitmap is set.
static inline bool limosa_bit(const uint8_t *bits, uint32_t row) {
    return bits[row / 8] >> (row % 8) & 1;
}

/// Whether a row holds a value which does not fit the column's type.
static inline bool limosa_is_exception(const limosa_presence *rows, uint32_t row) {
    return rows->exceptional != NULL && limosa_bit(rows->exceptional, row);
}

/// Whether a row is null.
static inline bool limosa_is_null(const limosa_presence *rows, uint32_t row) {
    return rows->valid != NULL && !limosa_bit(rows->valid, row) && !limosa_is_exception(rows, row);
}

/// Whether a row holds a value that can be read. Values of other rows mean nothing.
static inline bool limosa_has_value(const limosa_presence *rows, uint32_t row) {
    return (rows->valid == NULL || limosa_bit(rows->valid, row)) && !limosa_is_exception(rows, row);
}

/// The text or bytes of a row.
static inline limosa_text limosa_text_at(const limosa_texts *texts, uint32_t row) {
    uint32_t start = texts->offsets[row];
    return (limosa_text){texts->bytes + start, texts->offsets[row + 1] - start};
}

/// Whether the key of a row exists.
static inline bool limosa_exists(const limosa_lookup *lookup, uint32_t row) {
    return limosa_bit(lookup->found, row);
}

#endif
