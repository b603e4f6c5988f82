/// Row numbers collected under codes, so that the host is called once for many.
#ifndef LIMOSA_CODED_H
#define LIMOSA_CODED_H

#include <stddef.h>

/// The rows of one code.
typedef struct limosa_coded {
    const char *code;
    void *rows;
    size_t count;
    size_t capacity;
    struct limosa_coded *next;
} limosa_coded;

/// The place for one more row of `size` bytes under a code. Memory stays for the next batch.
void *limosa_coded_push(limosa_coded **first, const char *code, size_t size);

#endif
