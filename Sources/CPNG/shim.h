#pragma once
// libpng reports errors by longjmp, which must not cross a Swift frame: everything between setjmp and its possible
// longjmp stands in the one C function below. libpng's simplified interface needs no setjmp, but it always applies the
// file's gamma and rounds 16-bit samples its own way, so that its pixels differ from what image libraries give.
#include <png.h>
#include <stdint.h>
#include <string.h>

enum { CPNG_MESSAGE_SIZE = 96 };

typedef struct {
  const uint8_t *bytes;
  size_t left;
  char *message;
} cpng_source;

static inline void cpng_on_error(png_structp png, png_const_charp text) {
  cpng_source *source = (cpng_source *)png_get_error_ptr(png);
  if (source && text) strncpy(source->message, text, CPNG_MESSAGE_SIZE - 1);
  png_longjmp(png, 1);
}

static inline void cpng_on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static inline void cpng_read(png_structp png, png_bytep target, png_size_t count) {
  cpng_source *source = (cpng_source *)png_get_io_ptr(png);
  if (count > source->left) png_error(png, "the data end too early");
  memcpy(target, source->bytes, count);
  source->bytes += count;
  source->left -= count;
}

// Decodes a whole PNG into 8-bit samples: 1 a pixel for greyscale files, 3 (RGB) for all others. Alpha and transparency
// are dropped, not blended; gamma is ignored; of 16-bit samples the high byte is kept. With raw set, for files of a
// palette or of grey without alpha and at most 8 bits only: the numbers as they are stored, 1 a pixel.
// target: height rows of rowBytes each, as the header of the file says. message: CPNG_MESSAGE_SIZE zero bytes.
// Returns 1, or 0 with a reason in message.
static int cpng_decode(const uint8_t *bytes, size_t count, uint8_t *target, size_t rowBytes, uint32_t height,
                       int raw, char *message) __attribute__((noinline, unused));
static int cpng_decode(const uint8_t *bytes, size_t count, uint8_t *target, size_t rowBytes, uint32_t height,
                       int raw, char *message) {
  cpng_source source = {bytes, count, message};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, cpng_on_error, cpng_on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    strncpy(message, "libpng does not start", CPNG_MESSAGE_SIZE - 1);
    png_destroy_read_struct(&png, NULL, NULL);
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  png_set_read_fn(png, &source, cpng_read);
  // Colour profiles, texts and the like are skipped unread; only IHDR, PLTE, tRNS, IDAT and IEND matter here.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, info);
  const int colour = png_get_color_type(png, info);
  if (raw) {
    png_set_packing(png);
  } else {
    if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
  }
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != rowBytes || png_get_image_height(png, info) != height)
    png_error(png, "the header is inconsistent");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < height; y++) png_read_row(png, target + (size_t)y * rowBytes, NULL);
  png_read_end(png, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}
