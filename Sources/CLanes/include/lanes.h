#pragma once

// What Swift's SIMD types cannot say in one instruction. The functions are compiled into the module that calls them,
// for its instruction set.

#include <stddef.h>
#include <stdint.h>

/// Asks for memory that is about to be written, so that its cache lines arrive together instead of one at a time.
static inline __attribute__((always_inline)) void qtool_fetch_for_writing(const void *start, size_t size) {
  for (size_t i = 0; i < size; i += 64) __builtin_prefetch((const char *)start + i, 1, 3);
}

/// Asks for the cache line at `place`, wherever that is, for the second-level cache.
static inline __attribute__((always_inline)) void qtool_fetch_for_reading(const void *place) {
  __builtin_prefetch(place, 0, 2);
}

#if defined(__AVX512F__)
#include <immintrin.h>

typedef int32_t qtool_words16 __attribute__((ext_vector_type(16)));
typedef float qtool_floats16 __attribute__((ext_vector_type(16)));

/// The whole parts of numbers; INT32_MIN for NaN and what an integer cannot hold.
static inline __attribute__((always_inline)) qtool_words16 qtool_truncate16(qtool_floats16 numbers) {
  return (qtool_words16)_mm512_cvttps_epi32((__m512)numbers);
}

/// Writes those of 16 words beside which `values` has no zero (of either sign), one behind the other; what follows them
/// up to 16 words is overwritten. Answers how many there are.
static inline __attribute__((always_inline)) intptr_t qtool_keep_nonzero16(qtool_words16 words, const float *values,
                                                                           uint32_t *target) {
  __mmask16 kept = _mm512_cmp_ps_mask(_mm512_loadu_ps(values), _mm512_setzero_ps(), _CMP_NEQ_UQ);
  _mm512_storeu_si512(target, _mm512_maskz_compress_epi32(kept, (__m512i)words));
  return __builtin_popcount(kept);
}

/// Writes those of 16 numbers that are `limit` or more to `above` and the others, NaN among them, to `below`, each one
/// behind the other; what follows them up to 16 numbers is overwritten. Answers how many went to `above`.
static inline __attribute__((always_inline)) intptr_t qtool_part16(const float *values, float limit, float *below,
                                                                   float *above) {
  __m512 numbers = _mm512_loadu_ps(values);
  __mmask16 chosen = _mm512_cmp_ps_mask(numbers, _mm512_set1_ps(limit), _CMP_GE_OQ);
  _mm512_storeu_ps(below, _mm512_maskz_compress_ps((__mmask16)~chosen, numbers));
  _mm512_storeu_ps(above, _mm512_maskz_compress_ps(chosen, numbers));
  return __builtin_popcount(chosen);
}

/// Whether any of 16 numbers is `limit` or more.
static inline __attribute__((always_inline)) int qtool_any_from(const float *values, float limit) {
  return _mm512_cmp_ps_mask(_mm512_loadu_ps(values), _mm512_set1_ps(limit), _CMP_GE_OQ) != 0;
}
#elif defined(__AVX2__)
#include <immintrin.h>

typedef int32_t qtool_words8 __attribute__((ext_vector_type(8)));
typedef float qtool_floats8 __attribute__((ext_vector_type(8)));

/// The whole parts of numbers; INT32_MIN for NaN and what an integer cannot hold.
static inline __attribute__((always_inline)) qtool_words8 qtool_truncate8(qtool_floats8 numbers) {
  return (qtool_words8)_mm256_cvttps_epi32((__m256)numbers);
}

/// Whether any of 8 numbers is `limit` or more.
static inline __attribute__((always_inline)) int qtool_any_from(const float *values, float limit) {
  return _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(values), _mm256_set1_ps(limit), _CMP_GE_OQ)) != 0;
}
#endif
