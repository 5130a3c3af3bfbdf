#include "processor.h"

int qtool_processor_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // Level 3 also asks for F16C, LZCNT and MOVBE: no processor has BMI2, AVX2 and FMA without them.
  if (!(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2"))) {
    return 1;
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return 4;
  }
  return 3;
#else
  return 0;
#endif
}
