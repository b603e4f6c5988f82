/// The rows of a column that show something.
#ifndef LIMOSA_WHERE_H
#define LIMOSA_WHERE_H

#include "limosa/batch.h"

/// Each row that holds a value and for which `condition` is true, in order:
///
///     LIMOSA_ROWS_WHERE(row, &amounts.rows, amounts.values[row] < 0) {
///         limosa_report("negative", batch, row);
///     }
///
/// This is the fastest way over a column. 64 rows are first asked all at once whether one of them shows anything, and most of the time that
/// is all; a condition without a branch or a call runs for several rows at a time. So it is evaluated more than once for a row, and also
/// for rows without a value, whatever stands there, a 0 often: it must have no effects, and no row may make it trap (a division by the value
/// would). Leave early by `return`: `break` leaves 64 rows only.
#define LIMOSA_ROWS_WHERE(row, presence, condition)                                                                    \
    for (uint32_t limosa_first = 0; limosa_first < (presence)->length; limosa_first += LIMOSA_BLOCK)                   \
        if (!LIMOSA_ANY(row, presence, condition)) {                                                                   \
        } else                                                                                                         \
            for (uint32_t row = limosa_first; row < limosa_block_end(presence, limosa_first); row++)                   \
                if (!(condition) || !limosa_has_value(presence, row)) {                                                \
                } else

/// Rows that are asked together.
enum { LIMOSA_BLOCK = 64 };

/// Whether the condition is true for any of a whole block; fewer rows are looked at one by one.
#define LIMOSA_ANY(row, presence, condition)                                                                           \
    __extension__({                                                                                                    \
        uint64_t limosa_any = (presence)->length - limosa_first < LIMOSA_BLOCK;                                        \
        if (!limosa_any) {                                                                                             \
            for (uint32_t limosa_place = 0; limosa_place < LIMOSA_BLOCK; limosa_place++) {                             \
                const uint32_t row = limosa_first + limosa_place;                                                      \
                limosa_any |= -(uint64_t)!!(condition);                                                                \
            }                                                                                                          \
        }                                                                                                              \
        limosa_any != 0;                                                                                               \
    })

/// Where a block ends.
static inline uint32_t limosa_block_end(const limosa_presence *rows, uint32_t first) {
    return rows->length - first < LIMOSA_BLOCK ? rows->length : first + LIMOSA_BLOCK;
}

#endif
