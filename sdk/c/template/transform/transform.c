/// {{name}}: takes the blanks off both ends of a text, and refuses one of nothing but blanks.

#include <limosa/transform.h>

/// The columns come in the order of the manifest's roles: this is the place of `value`.
enum { VALUE = 0 };

void limosa_transform_open(const limosa_table *table, limosa_declaration *declaration) {
    // One column comes out, of the same name and type as the one that goes in.
    limosa_declare(declaration, limosa_column_of(table, "value"));
}

static limosa_text trimmed(limosa_text text) {
    while (text.length > 0 && text.start[0] == ' ') {
        text.start++, text.length--;
    }
    while (text.length > 0 && text.start[text.length - 1] == ' ') {
        text.length--;
    }
    return text;
}

void limosa_transform_apply(const limosa_batch *batch, limosa_output *output) {
    limosa_texts values = limosa_read_texts(batch, VALUE);
    limosa_writer column = limosa_write_texts(batch->length);
    for (uint32_t row = 0; row < values.rows.length; row++) {
        // Every row comes out or is refused: what cannot be read is never made a null.
        if (limosa_is_exception(&values.rows, row)) {
            limosa_refuse(output, "unreadable", row);
        } else if (limosa_is_null(&values.rows, row)) {
            limosa_push_null(&column);
        } else {
            limosa_text text = trimmed(limosa_text_at(&values, row));
            if (text.length == 0) {
                limosa_refuse(output, "blank", row);
            } else {
                limosa_push_text(&column, text.start, text.length);
            }
        }
    }
    limosa_put(output, 0, &column);
}
