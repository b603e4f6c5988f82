/// Row numbers collected under codes: one list a code, grown by doubling.

#include "coded.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 64 };

static limosa_coded *list_of(limosa_coded **first, const char *code) {
    limosa_coded *list = *first;
    // A plugin has a handful of codes.
    while (list != NULL && strcmp(list->code, code) != 0) {
        list = list->next;
    }
    if (list == NULL) {
        list = calloc(1, sizeof *list);
        char *copy = strdup(code);
        if (list == NULL || copy == NULL) {
            __builtin_trap();
        }
        list->code = copy;
        list->next = *first;
        *first = list;
    }
    return list;
}

void *limosa_coded_push(limosa_coded **first, const char *code, size_t size) {
    limosa_coded *list = list_of(first, code);
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? FIRST_ROWS : list->capacity * 2;
        list->rows = realloc(list->rows, list->capacity * size);
        if (list->rows == NULL) {
            __builtin_trap();
        }
    }
    return (char *)list->rows + list->count++ * size;
}
