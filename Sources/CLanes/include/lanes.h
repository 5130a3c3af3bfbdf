#pragma once

// What Swift's SIMD types cannot say in one instruction. The functions are compiled into the module that calls them,
// for its instruction set.

#include <stdint.h>

#if defined(__AVX512F__)
#include <immintrin.h>

/// Moves those of 16 words beside which `values` has no zero (of either sign) to the front; answers how many there are.
static inline __attribute__((always_inline)) intptr_t qtool_keep_nonzero16(uint32_t *words, const float *values) {
  __mmask16 kept = _mm512_cmp_ps_mask(_mm512_loadu_ps(values), _mm512_setzero_ps(), _CMP_NEQ_UQ);
  _mm512_storeu_si512(words, _mm512_maskz_compress_epi32(kept, _mm512_loadu_si512(words)));
  return __builtin_popcount(kept);
}
#endif
