#pragma once
#include <cblas.h>

/// Ends the threads that the library began when it was loaded. Weak: a build of it without threads does not have this.
__attribute__((weak)) int blas_thread_shutdown_(void);

/// Keeps the library to the calling thread and ends its own: each would spin for a tenth of a second, on a core that the
/// program has work for, before it sleeps. To be called once: the library begins them anew where the number is set again.
static inline void openblas_use_calling_thread(void) {
  openblas_set_num_threads(1);
  if (blas_thread_shutdown_) blas_thread_shutdown_();
}
