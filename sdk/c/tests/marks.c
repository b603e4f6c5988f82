/// Tests of marks, run natively: the command stands in the README.

#include <limosa/marks.h>

#include <stdio.h>
#include <stdlib.h>

void *limosa_allocate(size_t size) {
    return calloc(1, size + 1);
}

int main(void) {
    enum { ROWS = 1000 };
    static uint8_t valid[ROWS / 8 + 1], exceptional[ROWS / 8 + 1];
    for (uint32_t row = 0; row < ROWS; row++) {
        valid[row / 8] |= (uint8_t)((row % 31 != 0) << row % 8);
        exceptional[row / 8] |= (uint8_t)((row % 7 == 0) << row % 8);
    }
    int failures = 0;
    for (uint32_t length = 0; length <= ROWS; length++) {
        for (uint32_t step = 1; step < 400; step += 57) {
            limosa_presence rows = {.length = length, .valid = length % 2 ? valid : NULL, .exceptional = length % 3 ? exceptional : NULL};
            bool *marks = limosa_marks(&rows);
            for (uint32_t row = 0; row < length; row += step) {
                marks[row] = true;
            }
            uint32_t next = limosa_next_marked(&rows, marks, 0);
            for (uint32_t row = 0; row < length; row++) {
                if (marks[row] && limosa_has_value(&rows, row)) {
                    failures += next != row;
                    next = limosa_next_marked(&rows, marks, row + 1);
                }
            }
            failures += next != length;
            free(marks);
        }
    }
    printf("%d failures\n", failures);
    return failures > 0;
}
