/// Memory for what the host hands in: a list of blocks, freed when a call ends.

#include "limosa/memory.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"

/// Before each block; its size keeps the block aligned for every type.
typedef struct block {
    _Alignas(16) struct block *next;
} block;

static block *blocks;

static void *allocate(size_t size) {
    // One byte more, zero: every text that the host writes is ended by a NUL.
    block *fresh = size < SIZE_MAX - sizeof(block) ? malloc(sizeof(block) + size + 1) : NULL;
    if (fresh == NULL) {
        __builtin_trap();
    }
    fresh->next = blocks;
    blocks = fresh;
    char *memory = (char *)(fresh + 1);
    memory[size] = 0;
    return memory;
}

void *limosa_allocate(size_t size) {
    return memset(allocate(size), 0, size);
}

void limosa_memory_keep(void) {
    blocks = NULL;
}

void limosa_memory_free(void) {
    while (blocks != NULL) {
        block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

/// By which the host gets memory for what it hands in.
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size);

void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size) {
    (void)alignment; // No type of wit/ asks for more than 8.
    void *memory = allocate(size);
    if (old_size > 0) {
        memcpy(memory, old, old_size < size ? old_size : size);
    }
    return memory;
}
