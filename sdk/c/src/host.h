/// The functions of the host, as the canonical ABI lays out those of wit/.
///
/// A list is a pointer and a length; an answer of more than one number is written to memory. The packager holds these
/// signatures against wit/, the cases of plugins hold the layouts. By hand, and not generated: three generated worlds would
/// have every type three times, and take a copy of every list.
#ifndef LIMOSA_HOST_H
#define LIMOSA_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST(interface, function) \
    __attribute__((import_module("limosa:plugin/" interface "@0.1.0"), import_name(function)))
#define EXPORT(interface, function) __attribute__((export_name("limosa:plugin/" interface "@0.1.0#" function)))

/// A list or a string.
typedef struct host_list {
    void *start;
    size_t length;
} host_list;

/// A list, where `present` is 1.
typedef struct host_option {
    uint8_t present;
    host_list list;
} host_option;

/// The columns or nothing, where `failed` is 0; the message where it is 1.
typedef struct host_result {
    uint8_t failed;
    host_list list;
} host_result;

typedef struct host_attribute {
    host_list name;
    host_list value;
} host_attribute;

typedef struct host_column {
    host_list name;
    host_list type;
    uint8_t nullable;
    host_list attributes;
} host_column;

typedef struct host_bytes {
    host_list offsets;
    host_list bytes;
} host_bytes;

HOST("rows", "[method]batch.length") int32_t host_batch_length(int32_t batch);
HOST("rows", "[method]batch.first-row") int64_t host_batch_first_row(int32_t batch);
HOST("rows", "[method]batch.columns") void host_batch_columns(int32_t batch, host_list *answer);
HOST("rows", "[method]batch.validity") void host_batch_validity(int32_t batch, int32_t column, host_option *answer);
HOST("rows", "[method]batch.exceptions") void host_batch_exceptions(int32_t batch, int32_t column, host_option *answer);
HOST("rows", "[method]batch.integers") void host_batch_integers(int32_t batch, int32_t column, host_list *answer);
HOST("rows", "[method]batch.floats") void host_batch_floats(int32_t batch, int32_t column, host_list *answer);
HOST("rows", "[method]batch.decimals") void host_batch_decimals(int32_t batch, int32_t column, host_list *answer);
HOST("rows", "[method]batch.bytes") void host_batch_bytes(int32_t batch, int32_t column, host_bytes *answer);
HOST("rows", "[resource-drop]batch") void host_batch_drop(int32_t batch);

HOST("lookup", "exists")
void host_exists(int32_t batch, const uint16_t *columns, size_t count, const char *target, size_t length, host_list *answer);

HOST("findings", "report")
void host_report(const char *code, size_t length, const uint64_t *rows, size_t count);
HOST("findings", "count") void host_count(const char *code, size_t length, int64_t more);

HOST("settings", "get") void host_setting(const char *name, size_t length, host_option *answer);

HOST("log", "write") void host_log(int32_t level, const char *message, size_t length);

HOST("query", "run") int32_t host_query(const char *statement, size_t length);

HOST("output", "[method]builder.origins") void host_origins(int32_t builder, const uint32_t *rows, size_t count);
HOST("output", "[method]builder.keep") void host_keep(int32_t builder, int32_t column, int32_t input);
HOST("output", "[method]builder.integers")
void host_put_integers(int32_t builder, int32_t column, const int64_t *values, size_t count, int32_t has_nulls,
                       const uint8_t *valid, size_t valid_length);
HOST("output", "[method]builder.floats")
void host_put_floats(int32_t builder, int32_t column, const double *values, size_t count, int32_t has_nulls,
                     const uint8_t *valid, size_t valid_length);
HOST("output", "[method]builder.decimals")
void host_put_decimals(int32_t builder, int32_t column, const void *values, size_t bytes, int32_t has_nulls,
                       const uint8_t *valid, size_t valid_length);
HOST("output", "[method]builder.bytes")
void host_put_bytes(int32_t builder, int32_t column, const uint32_t *offsets, size_t offset_count, const char *bytes,
                    size_t byte_count, int32_t has_nulls, const uint8_t *valid, size_t valid_length);
HOST("output", "[method]builder.refuse")
void host_refuse(int32_t builder, const uint32_t *rows, size_t count, const char *code, size_t length);
HOST("output", "[resource-drop]builder") void host_builder_drop(int32_t builder);

#endif
