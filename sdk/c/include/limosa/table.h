/// What a plugin knows of the columns that it was given.
#ifndef LIMOSA_TABLE_H
#define LIMOSA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a column holds, and which function of `limosa/batch.h` reads it.
typedef enum limosa_kind {
    LIMOSA_BOOLEAN,   ///< 0 or 1: `limosa_read_integers`.
    LIMOSA_INTEGER,   ///< Whole numbers: `limosa_read_integers`.
    LIMOSA_FLOAT,     ///< Binary floats: `limosa_read_floats`.
    LIMOSA_DECIMAL,   ///< `limosa_read_decimals` where `limosa_is_fixed_point`, else `limosa_read_texts`.
    LIMOSA_TEXT,      ///< Text: `limosa_read_texts`.
    LIMOSA_BYTES,     ///< Bytes: `limosa_read_bytes`.
    LIMOSA_DATE,      ///< Days since 1970-01-01: `limosa_read_integers`.
    LIMOSA_TIME,      ///< Microseconds since midnight: `limosa_read_integers`.
    LIMOSA_TIMESTAMP, ///< Microseconds since 1970-01-01: `limosa_read_integers`.
    LIMOSA_UUID,      ///< UUIDs in canonical text: `limosa_read_texts`.
    LIMOSA_JSON,      ///< JSON text: `limosa_read_texts`.
    LIMOSA_OTHER,     ///< A type that this SDK does not know: `limosa_read_texts`.
} limosa_kind;

/// What a type needs beyond its name: `precision` and `scale` of a decimal, `zone` of a timestamp.
typedef struct limosa_attribute {
    const char *name;
    const char *value;
} limosa_attribute;

/// One column of a batch, or one that a transform declares.
typedef struct limosa_column {
    /// Its place in a batch: what the reading functions ask for. Of no meaning in a declared column.
    uint16_t index;
    /// What it holds. Of no meaning in a declared column, whose `type` says it.
    limosa_kind kind;
    /// The role of the manifest that it was bound to; of a declared column its name.
    const char *role;
    /// The name of its type: `integer`, `decimal`, `text` …
    const char *type;
    /// Whether nulls are expected.
    bool nullable;
    const limosa_attribute *attributes;
    size_t attribute_count;
} limosa_column;

/// The table that a plugin was bound to, as far as it may see it; of a probe, the answer to a statement.
typedef struct limosa_table {
    /// Its name, for the plugin's own use; of an answer, the name of the statement.
    const char *name;
    /// Its columns, in the order of the manifest's roles.
    const limosa_column *columns;
    uint16_t column_count;
} limosa_table;

/// The places of several columns, as `limosa_look_up` takes them.
typedef struct limosa_columns {
    const uint16_t *indices;
    size_t count;
} limosa_columns;

/// The first column of a role. Without one the call fails; the answer is then an empty column, never NULL.
const limosa_column *limosa_column_of(const limosa_table *table, const char *role);

/// The places of all columns of a role; none is no failure.
limosa_columns limosa_columns_of(const limosa_table *table, const char *role);

/// The value of an attribute, or NULL.
const char *limosa_attribute_value(const limosa_column *column, const char *name);

/// The most digits of a decimal; false where the type has no bound.
bool limosa_precision(const limosa_column *column, int32_t *precision);

/// The digits after the point of a decimal, below zero where it counts tens, hundreds …; false where the type fixes none.
bool limosa_scale(const limosa_column *column, int32_t *scale);

/// Whether it is a decimal of at most 38 digits with a scale: read by `limosa_read_decimals`.
bool limosa_is_fixed_point(const limosa_column *column);

#endif
