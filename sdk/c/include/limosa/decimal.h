/// Decimals out of text and floats, exactly or not at all.
#ifndef LIMOSA_DECIMAL_H
#define LIMOSA_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A decimal without its point: the number × 10^scale of its column. 38 digits fit.
typedef __int128 limosa_decimal;

/// The largest and the smallest of them.
#define LIMOSA_DECIMAL_MAX ((limosa_decimal)(~(unsigned __int128)0 >> 1))
#define LIMOSA_DECIMAL_MIN (-LIMOSA_DECIMAL_MAX - 1)

/// Digits that a `limosa_decimal` surely holds.
#define LIMOSA_MAX_PRECISION 38

/// Why a number is no decimal of the wanted precision and scale.
typedef enum limosa_misfit {
    LIMOSA_FITS,         ///< It is one.
    LIMOSA_NOT_A_NUMBER, ///< Not `[+-]digits[.digits][e[+-]digits]`, or NaN or infinite.
    LIMOSA_INEXACT,      ///< It has more digits after the point.
    LIMOSA_OUT_OF_RANGE, ///< It has more digits before the point.
} limosa_misfit;

/// A decimal text in parts: ± 0.d₁d₂d₃… × 10^point, without zeros at either end. It points into the text.
typedef struct limosa_digits {
    const char *whole;
    size_t whole_length;
    const char *fraction;
    size_t fraction_length;
    int64_t point;
    bool negative;
} limosa_digits;

/// Reads `[+-]digits[.digits][e[+-]digits]` and nothing else: no space, no `.5`, no `inf`. False for anything else.
bool limosa_digits_parse(const char *text, size_t length, limosa_digits *digits);

/// Below 0, 0 or above 0, by value, whatever the number of digits.
int limosa_digits_compare(const limosa_digits *left, const limosa_digits *right);

/// The smallest whole number that is not below the number × 10^scale; the nearest end of `limosa_decimal` past it.
///
/// So `value < limosa_digits_ceiling(&number, scale)` says exactly whether a decimal of that scale is below the number.
limosa_decimal limosa_digits_ceiling(const limosa_digits *digits, int32_t scale);

/// How many digits stand after the point, not counting zeros at the end.
uint64_t limosa_digits_after_point(const limosa_digits *digits);

/// The number × 10^scale, if it is a whole number of at most `precision` (38) digits. `*value` is set where it fits.
limosa_misfit limosa_digits_unscaled(const limosa_digits *digits, uint8_t precision, int32_t scale, limosa_decimal *value);

/// The decimal that a text writes, if it has at most `precision` digits and `scale` of them after the point.
limosa_misfit limosa_decimal_from_text(const char *text, size_t length, uint8_t precision, uint8_t scale,
                                       limosa_decimal *value);

/// The shortest decimal that names a float (what prints as `0.1` is 0.1), if it fits. Both zeros are zero.
limosa_misfit limosa_decimal_from_float(double number, uint8_t precision, uint8_t scale, limosa_decimal *value);

/// A decimal of the scale `from` in another precision and scale, if it fits; integers have scale 0.
limosa_misfit limosa_decimal_rescale(limosa_decimal unscaled, int32_t from, uint8_t precision, uint8_t scale,
                                     limosa_decimal *value);

#endif
