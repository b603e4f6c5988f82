/// The rows that a transform hands back.
///
/// Every column of the output is set exactly once, kept or put, and every row of the batch comes out or is refused. Without
/// `limosa_origins`, a column has one row for each row of the batch that was not refused.
#ifndef LIMOSA_OUTPUT_H
#define LIMOSA_OUTPUT_H

#include "limosa/batch.h"

/// Collects the rows that replace one batch.
typedef struct limosa_output limosa_output;

/// Which row of the batch each row of the output comes from; ascending.
void limosa_origins(limosa_output *output, const uint32_t *rows, size_t count);

/// The column `column` of the output is the column `input` of the batch, untouched; its values never cross.
void limosa_keep(limosa_output *output, uint16_t column, uint16_t input);

/// This row of the batch cannot be carried, for the reason that the manifest declares under `code`.
void limosa_refuse(limosa_output *output, const char *code, uint32_t row);

/// A column of the output from memory of one's own. `valid` has one bit a row, the least significant first, set where there is
/// no null; NULL: no nulls. The host takes a copy.
void limosa_put_integers(limosa_output *output, uint16_t column, const int64_t *values, size_t count, const uint8_t *valid);
void limosa_put_floats(limosa_output *output, uint16_t column, const double *values, size_t count, const uint8_t *valid);
/// Decimals, × 10^scale of the output column.
void limosa_put_decimals(limosa_output *output, uint16_t column, const limosa_decimal *values, size_t count,
                         const uint8_t *valid);
/// Text, bytes, UUIDs, JSON: `count + 1` offsets into `bytes`.
void limosa_put_texts(limosa_output *output, uint16_t column, const uint32_t *offsets, size_t count, const char *bytes,
                      const uint8_t *valid);

/// How the values of a column lie in memory.
typedef enum limosa_layout {
    LIMOSA_LAYOUT_INTEGERS,
    LIMOSA_LAYOUT_FLOATS,
    LIMOSA_LAYOUT_DECIMALS,
    LIMOSA_LAYOUT_TEXTS,
} limosa_layout;

/// A column of the output, written row by row. Its memory is taken once; only the bytes of texts grow, by doubling.
typedef struct limosa_writer {
    limosa_layout layout;
    uint32_t capacity;
    uint32_t count;
    union {
        int64_t *integers;
        double *floats;
        limosa_decimal *decimals;
        uint32_t *offsets;
    } values;
    /// NULL until there is a null.
    uint8_t *valid;
    char *bytes;
    size_t byte_capacity;
} limosa_writer;

/// An empty column for at most `capacity` rows: usually the length of the batch.
limosa_writer limosa_write_integers(uint32_t capacity);
limosa_writer limosa_write_floats(uint32_t capacity);
limosa_writer limosa_write_decimals(uint32_t capacity);
limosa_writer limosa_write_texts(uint32_t capacity);

/// Appends a row. One over the capacity, or of another layout, makes the call fail.
void limosa_push_integer(limosa_writer *writer, int64_t value);
void limosa_push_float(limosa_writer *writer, double value);
void limosa_push_decimal(limosa_writer *writer, limosa_decimal value);
void limosa_push_text(limosa_writer *writer, const char *start, size_t length);
void limosa_push_null(limosa_writer *writer);

/// Puts what was written as the column `column` of the output.
void limosa_put(limosa_output *output, uint16_t column, const limosa_writer *writer);

#endif
