/// The processor's own conversions between float32 and binary16, for tests to compare with.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Whether the processor has them.
bool half_precision_is_supported(void);

/// Converts `count` floats to binary16, to nearest with ties to even, and back.
void half_precision_round(const float *source, float *result, size_t count);
