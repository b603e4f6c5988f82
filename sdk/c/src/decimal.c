/// Decimals out of text and floats, exactly or not at all.

#include "limosa/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 magnitude;

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/// Skips digits, and says how many.
static size_t digits_at(const char *text, const char *end) {
    const char *start = text;
    while (text < end && is_digit(*text)) {
        text++;
    }
    return (size_t)(text - start);
}

/// Reads `[+-]digits` of 32 bits, up to the end.
static bool parse_exponent(const char *text, const char *end, int32_t *exponent) {
    bool negative = text < end && *text == '-';
    if (text < end && (*text == '-' || *text == '+')) {
        text++;
    }
    if (text == end || digits_at(text, end) != (size_t)(end - text)) {
        return false;
    }
    *exponent = 0;
    for (; text < end; text++) {
        int32_t digit = *text - '0';
        if (__builtin_mul_overflow(*exponent, 10, exponent) ||
            __builtin_add_overflow(*exponent, negative ? -digit : digit, exponent)) {
            return false;
        }
    }
    return true;
}

/// Leaves out the zeros at both ends: the point then stands before the first digit.
static limosa_digits trimmed(limosa_digits digits, int32_t exponent) {
    while (digits.whole_length > 0 && *digits.whole == '0') {
        digits.whole++, digits.whole_length--;
    }
    while (digits.fraction_length > 0 && digits.fraction[digits.fraction_length - 1] == '0') {
        digits.fraction_length--;
    }
    digits.point = (int64_t)digits.whole_length + exponent;
    if (digits.whole_length == 0) {
        while (digits.fraction_length > 0 && *digits.fraction == '0') {
            digits.fraction++, digits.fraction_length--;
            digits.point--;
        }
    }
    if (digits.fraction_length == 0) {
        while (digits.whole_length > 0 && digits.whole[digits.whole_length - 1] == '0') {
            digits.whole_length--;
        }
    }
    if (digits.whole_length + digits.fraction_length == 0) {
        digits.point = 0;
        digits.negative = false;
    }
    return digits;
}

bool limosa_digits_parse(const char *text, size_t length, limosa_digits *digits) {
    const char *end = text + length;
    limosa_digits read = {.negative = length > 0 && *text == '-'};
    int32_t exponent = 0;
    if (length > 0 && (*text == '+' || *text == '-')) {
        text++;
    }
    read.whole = read.fraction = text;
    read.whole_length = digits_at(text, end);
    text += read.whole_length;
    if (read.whole_length == 0) {
        return false;
    }
    if (text < end && *text == '.') {
        read.fraction = ++text;
        read.fraction_length = digits_at(text, end);
        text += read.fraction_length;
        if (read.fraction_length == 0) {
            return false;
        }
    }
    if (text < end && (*text == 'e' || *text == 'E')) {
        if (!parse_exponent(text + 1, end, &exponent)) {
            return false;
        }
    } else if (text < end) {
        return false;
    }
    *digits = trimmed(read, exponent);
    return true;
}

static size_t count(const limosa_digits *digits) {
    return digits->whole_length + digits->fraction_length;
}

static char digit(const limosa_digits *digits, size_t place) {
    return place < digits->whole_length ? digits->whole[place] : digits->fraction[place - digits->whole_length];
}

static int compare_magnitude(const limosa_digits *left, const limosa_digits *right) {
    size_t left_count = count(left), right_count = count(right);
    if (left_count == 0 || right_count == 0) {
        return (left_count > 0) - (right_count > 0);
    }
    if (left->point != right->point) {
        return left->point < right->point ? -1 : 1;
    }
    for (size_t place = 0; place < left_count && place < right_count; place++) {
        int difference = digit(left, place) - digit(right, place);
        if (difference != 0) {
            return difference;
        }
    }
    return (left_count > right_count) - (left_count < right_count);
}

int limosa_digits_compare(const limosa_digits *left, const limosa_digits *right) {
    if (left->negative != right->negative) {
        return left->negative ? -1 : 1;
    }
    return left->negative ? compare_magnitude(right, left) : compare_magnitude(left, right);
}

/// The number made of the first `places` (at most 38) digits, and whether more follow.
static limosa_decimal leading(const limosa_digits *digits, int64_t places, bool *rest) {
    limosa_decimal number = 0;
    size_t given = count(digits);
    for (int64_t place = 0; place < places; place++) {
        number = number * 10 + ((size_t)place < given ? digit(digits, (size_t)place) - '0' : 0);
    }
    *rest = given > (size_t)(places < 0 ? 0 : places);
    return number;
}

limosa_decimal limosa_digits_ceiling(const limosa_digits *digits, int32_t scale) {
    int64_t places = digits->point + scale;
    if (places > LIMOSA_MAX_PRECISION) {
        return digits->negative ? LIMOSA_DECIMAL_MIN : LIMOSA_DECIMAL_MAX;
    }
    bool rest;
    limosa_decimal number = leading(digits, places, &rest);
    return digits->negative ? -number : number + rest;
}

uint64_t limosa_digits_after_point(const limosa_digits *digits) {
    int64_t after = (int64_t)count(digits) - digits->point;
    return after < 0 ? 0 : (uint64_t)after;
}

limosa_misfit limosa_digits_unscaled(const limosa_digits *digits, uint8_t precision, int32_t scale, limosa_decimal *value) {
    int64_t places = digits->point + scale;
    if (count(digits) == 0) {
        *value = 0;
        return LIMOSA_FITS;
    }
    if (places > (precision < LIMOSA_MAX_PRECISION ? precision : LIMOSA_MAX_PRECISION)) {
        return LIMOSA_OUT_OF_RANGE;
    }
    bool rest;
    limosa_decimal number = leading(digits, places, &rest);
    if (rest) {
        return LIMOSA_INEXACT;
    }
    *value = digits->negative ? -number : number;
    return LIMOSA_FITS;
}

limosa_misfit limosa_decimal_from_text(const char *text, size_t length, uint8_t precision, uint8_t scale,
                                       limosa_decimal *value) {
    limosa_digits digits;
    if (!limosa_digits_parse(text, length, &digits)) {
        return LIMOSA_NOT_A_NUMBER;
    }
    return limosa_digits_unscaled(&digits, precision, scale, value);
}

/// 10^exponent; false where 127 bits do not hold it.
static bool power_of_ten(uint32_t exponent, limosa_decimal *power) {
    *power = 1;
    for (; exponent > 0; exponent--) {
        if (__builtin_mul_overflow(*power, 10, power)) {
            return false;
        }
    }
    return true;
}

limosa_misfit limosa_decimal_rescale(limosa_decimal unscaled, int32_t from, uint8_t precision, uint8_t scale,
                                     limosa_decimal *value) {
    if (unscaled == 0) {
        *value = 0;
        return LIMOSA_FITS;
    }
    int64_t shift = (int64_t)scale - from;
    limosa_decimal power, limit, rest = 0;
    bool has_power = power_of_ten((uint32_t)(shift < 0 ? -shift : shift), &power);
    if (shift >= 0) {
        if (!has_power || __builtin_mul_overflow(unscaled, power, &unscaled)) {
            return LIMOSA_OUT_OF_RANGE;
        }
    } else if (!has_power) {
        return LIMOSA_INEXACT;
    } else {
        rest = unscaled % power;
        unscaled /= power;
    }
    power_of_ten(precision < LIMOSA_MAX_PRECISION ? precision : LIMOSA_MAX_PRECISION, &limit);
    magnitude size = unscaled < 0 ? -(magnitude)unscaled : (magnitude)unscaled;
    if (size >= (magnitude)limit) {
        return LIMOSA_OUT_OF_RANGE;
    }
    if (rest != 0) {
        return LIMOSA_INEXACT;
    }
    *value = unscaled;
    return LIMOSA_FITS;
}

/// The next larger decimal of as many digits, for `d.ddd…e±dd`. All nines stay as they are: no float needs that.
static void increment(char *text) {
    char *place = strchr(text, 'e');
    while (place-- > text) {
        if (*place >= '0' && *place < '9') {
            ++*place;
            return;
        }
        *place = *place == '9' ? '0' : *place;
    }
}

/// The shortest decimal text that reads back as a positive float; of those the nearest to it.
static void shortest(double number, char *text, size_t size) {
    // Of 15 digits no two decimals share a float, of 17 no two floats share a decimal.
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number) {
            return;
        }
        // Below a power of two floats lie closer than above it: the nearest decimal may name the float below, the next one this.
        increment(text);
        if (strtod(text, NULL) == number) {
            return;
        }
    }
}

static limosa_misfit from_any_float(double number, uint8_t precision, uint8_t scale, limosa_decimal *value) {
    if (!isfinite(number)) {
        return LIMOSA_NOT_A_NUMBER;
    }
    char text[32] = "-";
    shortest(fabs(number), text + 1, sizeof text - 1);
    const char *start = number < 0 ? text : text + 1;
    return limosa_decimal_from_text(start, strlen(start), precision, scale, value);
}

limosa_misfit limosa_decimal_from_float(double number, uint8_t precision, uint8_t scale, limosa_decimal *value) {
    /// Powers of ten that a float holds exactly.
    static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    /// Decimals of up to 15 digits and floats name each other without ambiguity.
    enum { UNAMBIGUOUS = 15 };
    if (scale < sizeof POWERS / sizeof *POWERS) {
        double power = POWERS[scale];
        double scaled = rint(number * power);
        // Past the limit the slow way says which misfit it is; so it does for NaN.
        if (fabs(scaled) < POWERS[precision < UNAMBIGUOUS ? precision : UNAMBIGUOUS]) {
            // The power is exact, so that the quotient is the float nearest to that decimal; and a decimal this short that
            // names the float is found: the product is off by far less than one half.
            if (scaled / power != number) {
                return LIMOSA_INEXACT;
            }
            *value = (int64_t)scaled;
            return LIMOSA_FITS;
        }
    }
    return from_any_float(number, precision, scale, value);
}
