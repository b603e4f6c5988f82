/// How a plugin says that it cannot go on.
#ifndef LIMOSA_FAILURE_H
#define LIMOSA_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

/// Makes the running call fail; the verdict is then inconclusive. Return soon after it.
///
/// Takes one text or several, which are joined: `limosa_fail("the setting `unit` is `", unit, "`")`.
/// The first failure of a call is the one that counts. The text is shown to whoever runs the plugin; outside of opening only where
/// the host shows the log of plugins, since it may hold values by then. Functions of the SDK fail in the same way, and answer with
/// something empty: a loop over that does nothing, so that no answer needs a test.
#define limosa_fail(...) limosa_fail_with((const char *const[]){__VA_ARGS__, NULL})

/// `limosa_fail` for texts in an array that ends with NULL.
void limosa_fail_with(const char *const texts[]);

/// Whether the running call has failed.
bool limosa_failed(void);

#endif
