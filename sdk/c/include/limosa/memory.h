/// How long memory of the SDK lives.
///
/// One rule for all of it, names, settings, columns of a batch: what is handed out while a plugin opens stays as long as the
/// plugin; what is handed out by any other call (inspect, apply, run …) is gone when that call returns. Nothing is freed by
/// hand. What has to outlive a batch is copied into variables or into memory of `malloc`.
#ifndef LIMOSA_MEMORY_H
#define LIMOSA_MEMORY_H

#include <stddef.h>

/// Memory under that rule, filled with zeros, aligned for every type. Never NULL: a plugin without memory traps.
void *limosa_allocate(size_t size);

#endif
