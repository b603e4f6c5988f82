/// A probe: asks the database itself, by the statements of its manifest, and judges the rows.
///
/// You write `limosa_probe_run`.
#ifndef LIMOSA_PROBE_H
#define LIMOSA_PROBE_H

#include "limosa/batch.h"
#include "limosa/failure.h"
#include "limosa/findings.h"
#include "limosa/log.h"
#include "limosa/memory.h"
#include "limosa/settings.h"
#include "limosa/where.h"

/// Once. Rows of an answer are reported like rows of a batch.
void limosa_probe_run(void);

/// Runs a statement of the manifest. One that fails, or gives more rows than the host allows, stops the probe.
///
/// The answer stays until `limosa_probe_run` returns, and its columns stand in its table.
const limosa_batch *limosa_query(const char *statement);

/// Gives an answer back early: the host lets a probe hold 16 at once. Columns that were read stay.
void limosa_release(const limosa_batch *answer);

#endif
