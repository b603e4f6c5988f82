/// Marks: most rows have none, and are passed over many at a time.

#include "limosa/marks.h"

#include <string.h>

#include "limosa/memory.h"

/// Rows that are asked together.
enum { BLOCK = 64 };

bool *limosa_marks(const limosa_presence *rows) {
    return limosa_allocate(rows->length * sizeof(bool));
}

static bool any(const bool *marks) {
    uint64_t words[BLOCK / sizeof(uint64_t)], set = 0;
    memcpy(words, marks, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        set |= words[i];
    }
    return set != 0;
}

uint32_t limosa_next_marked(const limosa_presence *rows, const bool *marks, uint32_t row) {
    while (row < rows->length) {
        uint32_t left = rows->length - row;
        uint32_t end = left < BLOCK ? rows->length : row + BLOCK;
        if (left < BLOCK || any(marks + row)) {
            for (; row < end; row++) {
                if (marks[row] && limosa_has_value(rows, row)) {
                    return row;
                }
            }
        }
        row = end;
    }
    return rows->length;
}
