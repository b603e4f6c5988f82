/// Lines for the author while developing: they go nowhere unless the host was told to show them.
#ifndef LIMOSA_LOG_H
#define LIMOSA_LOG_H

#include <stddef.h>

/// How much a line matters.
typedef enum limosa_level {
    LIMOSA_ERROR = 0,       ///< Something failed.
    LIMOSA_WARNING = 1,     ///< Something is odd.
    LIMOSA_INFORMATION = 2, ///< Something happened.
    LIMOSA_DEBUG = 3,       ///< What the plugin does.
    LIMOSA_TRACE = 4,       ///< How it does it.
} limosa_level;

/// Writes a line, joined of one text or several: `limosa_log(LIMOSA_DEBUG, "unit ", unit)`.
///
/// What goes to `stdout` or `stderr` comes out here too, as information or as an error; so does a failed `assert`.
#define limosa_log(level, ...) limosa_log_with(level, (const char *const[]){__VA_ARGS__, NULL})

/// `limosa_log` for texts in an array that ends with NULL.
void limosa_log_with(limosa_level level, const char *const texts[]);

#endif
