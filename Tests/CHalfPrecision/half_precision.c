#include "half_precision.h"

#if defined(__x86_64__)
#include <immintrin.h>

bool half_precision_is_supported(void) { return __builtin_cpu_supports("f16c") && __builtin_cpu_supports("avx"); }

__attribute__((target("avx,f16c"))) void half_precision_round(const float *source, float *result, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(source + i), _MM_FROUND_TO_NEAREST_INT);
    _mm256_storeu_ps(result + i, _mm256_cvtph_ps(half));
  }
  for (; i < count; i++) result[i] = _cvtsh_ss(_cvtss_sh(source[i], _MM_FROUND_TO_NEAREST_INT));
}

#elif defined(__aarch64__)

bool half_precision_is_supported(void) { return true; }

void half_precision_round(const float *source, float *result, size_t count) {
  for (size_t i = 0; i < count; i++) result[i] = (float)(__fp16)source[i];
}

#else

bool half_precision_is_supported(void) { return false; }

void half_precision_round(const float *source, float *result, size_t count) {
  (void)source, (void)result, (void)count;
}

#endif
