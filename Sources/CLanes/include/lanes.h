#pragma once

// What Swift's SIMD types cannot say in one instruction. The functions are compiled into the module that calls them,
// for its instruction set.

#include <stdint.h>

#if defined(__AVX512F__)
#include <immintrin.h>

typedef int32_t qtool_words16 __attribute__((ext_vector_type(16)));

/// Writes those of 16 words beside which `values` has no zero (of either sign), one behind the other; what follows them
/// up to 16 words is overwritten. Answers how many there are.
static inline __attribute__((always_inline)) intptr_t qtool_keep_nonzero16(qtool_words16 words, const float *values,
                                                                           uint32_t *target) {
  __mmask16 kept = _mm512_cmp_ps_mask(_mm512_loadu_ps(values), _mm512_setzero_ps(), _CMP_NEQ_UQ);
  _mm512_storeu_si512(target, _mm512_maskz_compress_epi32(kept, (__m512i)words));
  return __builtin_popcount(kept);
}
#endif
