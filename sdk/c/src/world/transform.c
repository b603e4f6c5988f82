/// The world `transform`: the exports that the host calls, the declared columns and the output.

#include "limosa/transform.h"

#include <stdlib.h>
#include <string.h>

#include "../call.h"
#include "../coded.h"

struct limosa_declaration {
    host_column *columns;
    size_t count;
    size_t capacity;
};

struct limosa_output {
    int32_t handle;
    limosa_coded *refused;
};

static limosa_table *table;

static host_list copy(const char *text) {
    char *kept;
    size_t length = limosa_join((const char *const[]){text, NULL}, &kept);
    return (host_list){kept, length};
}

void limosa_declare(limosa_declaration *declaration, const limosa_column *column) {
    if (declaration->count == declaration->capacity) {
        declaration->capacity = declaration->capacity * 2 + 4;
        declaration->columns = realloc(declaration->columns, declaration->capacity * sizeof *declaration->columns);
        if (declaration->columns == NULL) {
            __builtin_trap();
        }
    }
    host_attribute *attributes = limosa_allocate(column->attribute_count * sizeof *attributes);
    for (size_t i = 0; i < column->attribute_count; i++) {
        attributes[i] = (host_attribute){copy(column->attributes[i].name), copy(column->attributes[i].value)};
    }
    declaration->columns[declaration->count++] = (host_column){
        .name = copy(column->role),
        .type = copy(column->type),
        .nullable = column->nullable,
        .attributes = {attributes, column->attribute_count},
    };
}

/// A number below 256 as text.
static const char *decimal_text(uint8_t number, char text[4]) {
    char *end = text + 3;
    *end = 0;
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

void limosa_declare_decimal(limosa_declaration *declaration, const char *name, uint8_t precision, uint8_t scale,
                            bool nullable) {
    char digits[2][4];
    const limosa_attribute attributes[] = {
        {"precision", decimal_text(precision, digits[0])},
        {"scale", decimal_text(scale, digits[1])},
    };
    limosa_declare(declaration, &(limosa_column){
                                    .role = name,
                                    .type = "decimal",
                                    .nullable = nullable,
                                    .attributes = attributes,
                                    .attribute_count = 2,
                                });
}

EXPORT("transforming", "open") host_result *limosa_export_open(char *, size_t, host_column *, size_t);
host_result *limosa_export_open(char *name, size_t length, host_column *columns, size_t count) {
    (void)length; // A NUL ends it.
    limosa_declaration declaration = {0};
    table = limosa_table_from(name, columns, count);
    limosa_transform_open(table, &declaration);
    limosa_memory_keep();
    host_result *result = limosa_result();
    if (!result->failed) {
        result->list = (host_list){declaration.columns, declaration.count};
    }
    return result;
}

EXPORT("transforming", "apply") host_result *limosa_export_apply(int32_t, int32_t);
host_result *limosa_export_apply(int32_t handle, int32_t builder) {
    static limosa_output output;
    output.handle = builder;
    limosa_batch batch = limosa_batch_from(handle, table);
    limosa_transform_apply(&batch, &output);
    for (limosa_coded *list = output.refused; list != NULL; list = list->next) {
        if (list->count > 0 && !limosa_failed()) {
            host_refuse(builder, list->rows, list->count, list->code, strlen(list->code));
        }
        list->count = 0;
    }
    // Borrowed from the host: they have to be given back before the answer.
    host_builder_drop(builder);
    host_batch_drop(handle);
    limosa_memory_free();
    return limosa_result();
}

void limosa_origins(limosa_output *output, const uint32_t *rows, size_t count) {
    host_origins(output->handle, rows, count);
}

void limosa_keep(limosa_output *output, uint16_t column, uint16_t input) {
    host_keep(output->handle, column, input);
}

void limosa_refuse(limosa_output *output, const char *code, uint32_t row) {
    *(uint32_t *)limosa_coded_push(&output->refused, code, sizeof row) = row;
}

/// The bytes of a bitmap, none without one.
static size_t bitmap_length(const uint8_t *valid, size_t count) {
    return valid == NULL ? 0 : count / 8 + (count % 8 > 0);
}

void limosa_put_integers(limosa_output *output, uint16_t column, const int64_t *values, size_t count, const uint8_t *valid) {
    host_put_integers(output->handle, column, values, count, valid != NULL, valid, bitmap_length(valid, count));
}

void limosa_put_floats(limosa_output *output, uint16_t column, const double *values, size_t count, const uint8_t *valid) {
    host_put_floats(output->handle, column, values, count, valid != NULL, valid, bitmap_length(valid, count));
}

void limosa_put_decimals(limosa_output *output, uint16_t column, const limosa_decimal *values, size_t count,
                         const uint8_t *valid) {
    host_put_decimals(output->handle, column, values, count * sizeof *values, valid != NULL, valid,
                      bitmap_length(valid, count));
}

void limosa_put_texts(limosa_output *output, uint16_t column, const uint32_t *offsets, size_t count, const char *bytes,
                      const uint8_t *valid) {
    host_put_bytes(output->handle, column, offsets, count + 1, bytes, offsets[count], valid != NULL, valid,
                   bitmap_length(valid, count));
}
