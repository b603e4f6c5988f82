/// What begins and ends every call of the host, for the exports in `world/`.
#ifndef LIMOSA_CALL_H
#define LIMOSA_CALL_H

#include "host.h"
#include "limosa/batch.h"

/// Keeps what was allocated so far as long as the plugin: the end of opening.
void limosa_memory_keep(void);

/// Frees what was allocated since the last call.
void limosa_memory_free(void);

/// Joins texts into one that stays as long as the plugin, whose length it answers with.
size_t limosa_join(const char *const texts[], char **joined);

/// The answer of an export: nothing, or the failure of the call.
host_result *limosa_result(void);

/// A table from its columns as the host lays them out.
limosa_table *limosa_table_from(const char *name, const host_column *columns, size_t count);

/// A batch of which the host gave the handle.
limosa_batch limosa_batch_from(int32_t handle, const limosa_table *table);

/// Hands the findings of a call over, or drops them where it failed.
void limosa_findings_end(void);

#endif
