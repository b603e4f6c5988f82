/// A transform: rewrites rows on their way, each row by itself alone.
///
/// You write the two functions below. What `limosa_transform_open` finds out lives in static variables, which
/// `limosa_transform_apply` must not change: a changed row may come again alone at any time, and has to become the same.
#ifndef LIMOSA_TRANSFORM_H
#define LIMOSA_TRANSFORM_H

#include "limosa/batch.h"
#include "limosa/failure.h"
#include "limosa/log.h"
#include "limosa/memory.h"
#include "limosa/output.h"
#include "limosa/settings.h"
#include "limosa/where.h"

/// The columns that come out, in order.
typedef struct limosa_declaration limosa_declaration;

/// Once: read settings, and declare what columns will come out.
void limosa_transform_open(const limosa_table *table, limosa_declaration *declaration);

/// For each batch, in any order.
void limosa_transform_apply(const limosa_batch *batch, limosa_output *output);

/// Declares the next column of the output: `role` is its name; `type`, `nullable` and the attributes say what it holds.
/// A column of the input that goes through `limosa_keep` is declared as it is.
void limosa_declare(limosa_declaration *declaration, const limosa_column *column);

/// Declares a decimal column of so many digits in all, and so many after the point.
void limosa_declare_decimal(limosa_declaration *declaration, const char *name, uint8_t precision, uint8_t scale,
                            bool nullable);

#endif
