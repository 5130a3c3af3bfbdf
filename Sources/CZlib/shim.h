#pragma once
#include <zlib.h>

// `inflateInit2` is a macro, which Swift does not see.
// windowBits: 16 + 15 reads gzip, -15 reads bare deflate data as a zip archive holds them.
static inline int cz_inflate_begin(z_stream *stream, int windowBits) { return inflateInit2(stream, windowBits); }
