/// Marks: one byte a row, set where a loop of yours wants to look twice.
///
/// A loop that only compares and writes down what came out has no branch, so that the compiler runs it for several rows at once. It may compare
/// rows without a value too: whatever it marks there is passed over by the functions that read marks. The fastest way over a column:
///
///     bool *low = limosa_marks(&amounts.rows);
///     for (uint32_t row = 0; row < amounts.rows.length; row++) {
///         low[row] = amounts.values[row] < 0;
///     }
///     limosa_report_marked("negative", &amounts.rows, low);
#ifndef LIMOSA_MARKS_H
#define LIMOSA_MARKS_H

#include "limosa/batch.h"

/// Room for a mark for each row, none set; gone when the call is over. Never NULL.
bool *limosa_marks(const limosa_presence *rows);

/// The first row from `row` on that is marked and holds a value; `rows->length` if there is none.
uint32_t limosa_next_marked(const limosa_presence *rows, const bool *marks, uint32_t row);

#endif
