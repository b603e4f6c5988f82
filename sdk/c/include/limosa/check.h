/// A check: inspects rows on their way and reports those that are wrong.
///
/// You write the three functions below. State between calls lives in static variables: a plugin is one instance on one thread.
#ifndef LIMOSA_CHECK_H
#define LIMOSA_CHECK_H

#include "limosa/batch.h"
#include "limosa/failure.h"
#include "limosa/findings.h"
#include "limosa/log.h"
#include "limosa/memory.h"
#include "limosa/settings.h"
#include "limosa/where.h"

/// Once, before the first batch: read settings, look at the columns, refuse what makes no sense.
void limosa_check_open(const limosa_table *table);

/// For each batch; in key order where the manifest's scope is `table`, in any order where it is `row`.
void limosa_check_inspect(const limosa_batch *batch);

/// Once, after the last batch: report what only the whole table shows. May be left out.
void limosa_check_close(void);

#endif
