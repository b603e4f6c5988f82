/// Columns and roles.

#include "limosa/table.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "limosa/failure.h"
#include "limosa/memory.h"

/// In the order of `limosa_kind`.
static const char *const TYPES[] = {"boolean", "integer", "float",     "decimal", "text", "bytes",
                                    "date",    "time",    "timestamp", "uuid",    "json"};

static limosa_kind kind_of(const char *type) {
    unsigned kind = 0;
    while (kind < LIMOSA_OTHER && strcmp(TYPES[kind], type) != 0) {
        kind++;
    }
    return kind;
}

limosa_table *limosa_table_from(const char *name, const host_column *sources, size_t count) {
    limosa_table *table = limosa_allocate(sizeof *table);
    limosa_column *columns = limosa_allocate(count * sizeof *columns);
    *table = (limosa_table){name, columns, (uint16_t)count};
    for (size_t i = 0; i < count; i++) {
        const host_column *source = &sources[i];
        const host_attribute *pairs = source->attributes.start;
        limosa_attribute *attributes = limosa_allocate(source->attributes.length * sizeof *attributes);
        for (size_t pair = 0; pair < source->attributes.length; pair++) {
            attributes[pair] = (limosa_attribute){pairs[pair].name.start, pairs[pair].value.start};
        }
        columns[i] = (limosa_column){
            .index = (uint16_t)i,
            .kind = kind_of(source->type.start),
            .role = source->name.start,
            .type = source->type.start,
            .nullable = source->nullable,
            .attributes = attributes,
            .attribute_count = source->attributes.length,
        };
    }
    return table;
}

const limosa_column *limosa_column_of(const limosa_table *table, const char *role) {
    static const limosa_column NONE = {.kind = LIMOSA_OTHER, .role = "", .type = ""};
    for (uint16_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].role, role) == 0) {
            return &table->columns[i];
        }
    }
    limosa_fail("no column is bound to the role `", role, "`");
    return &NONE;
}

limosa_columns limosa_columns_of(const limosa_table *table, const char *role) {
    uint16_t *indices = limosa_allocate(table->column_count * sizeof *indices);
    size_t count = 0;
    for (uint16_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].role, role) == 0) {
            indices[count++] = i;
        }
    }
    return (limosa_columns){indices, count};
}

const char *limosa_attribute_value(const limosa_column *column, const char *name) {
    for (size_t i = 0; i < column->attribute_count; i++) {
        if (strcmp(column->attributes[i].name, name) == 0) {
            return column->attributes[i].value;
        }
    }
    return NULL;
}

static bool number(const limosa_column *column, const char *name, int32_t *value) {
    const char *text = limosa_attribute_value(column, name);
    if (text == NULL || *text == 0) {
        return false;
    }
    char *end;
    *value = (int32_t)strtol(text, &end, 10);
    return *end == 0;
}

bool limosa_precision(const limosa_column *column, int32_t *precision) {
    return number(column, "precision", precision);
}

bool limosa_scale(const limosa_column *column, int32_t *scale) {
    return number(column, "scale", scale);
}

bool limosa_is_fixed_point(const limosa_column *column) {
    int32_t precision, scale;
    return column->kind == LIMOSA_DECIMAL && limosa_scale(column, &scale) && limosa_precision(column, &precision) &&
           precision <= LIMOSA_MAX_PRECISION;
}
