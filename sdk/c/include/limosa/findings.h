/// What a check or a probe has found.
///
/// The SDK collects the rows and hands them over after each call; codes are those of the manifest. Naming a row twice under one code
/// counts once.
#ifndef LIMOSA_FINDINGS_H
#define LIMOSA_FINDINGS_H

#include "limosa/batch.h"

/// Row `row` of the batch, counted from 0, shows what the manifest declares under `code`.
void limosa_report(const char *code, const limosa_batch *batch, uint32_t row);

/// The same by the host's number of a row, for rows of earlier batches: numbers stay valid until `close` is over.
void limosa_report_number(const char *code, uint64_t number);

/// Reports every row whose stored value does not fit the column's type, which nobody can judge.
void limosa_report_exceptions(const char *code, const limosa_presence *rows);

/// `more` further occurrences that no row stands for.
void limosa_count(const char *code, uint64_t more);

#endif
