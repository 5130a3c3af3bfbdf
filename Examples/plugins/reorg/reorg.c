/*
 * YOLOv2's reorg as a qtool plugin: `yolo.Reorg`, attribute `stride` (2 where it is not given).
 *
 * [N, C, H, W] becomes [N, C * stride^2, H / stride, W / stride]. The layer of Redmon's darknet reads the values of
 * one image as [C / stride^2, H * stride, W * stride], moves each block of stride x stride into channels, and calls
 * the result by the new shape.
 */
#include <stdio.h>

#include "qtool_plugin.h"

static int32_t reorg_types(const qtool_node *node, const qtool_tensor_type *inputs, int32_t input_count,
                           qtool_tensor_type *outputs, int32_t output_count, char message[QTOOL_MESSAGE_SIZE]) {
  const int64_t stride = qtool_int_attribute(node, "stride", 2);
  if (input_count != 1 || output_count != 1) {
    snprintf(message, QTOOL_MESSAGE_SIZE, "expected 1 input and 1 output, found %d and %d", input_count, output_count);
    return 1;
  }
  const qtool_tensor_type *input = &inputs[0];
  if (input->element_type != QTOOL_FLOAT32 || input->rank != 4) {
    snprintf(message, QTOOL_MESSAGE_SIZE, "expected floats [N, C, H, W], found %d axes", input->rank);
    return 1;
  }
  if (stride < 1 || stride > 1024 || input->dims[1] % (stride * stride) || input->dims[2] % stride ||
      input->dims[3] % stride) {
    snprintf(message, QTOOL_MESSAGE_SIZE,
             "expected channels divisible by stride^2, height and width by stride, found stride %lld and [%lld, %lld, %lld]",
             (long long)stride, (long long)input->dims[1], (long long)input->dims[2], (long long)input->dims[3]);
    return 1;
  }
  outputs[0] = *input;
  outputs[0].dims[1] = input->dims[1] * stride * stride;
  outputs[0].dims[2] = input->dims[2] / stride;
  outputs[0].dims[3] = input->dims[3] / stride;
  return 0;
}

static int32_t reorg_compute(const qtool_node *node, const qtool_tensor *inputs, int32_t input_count,
                             const qtool_tensor *outputs, int32_t output_count, char message[QTOOL_MESSAGE_SIZE]) {
  const int64_t stride = qtool_int_attribute(node, "stride", 2);
  const int64_t *dims = inputs[0].type.dims;
  const int64_t channels = dims[1], height = dims[2], width = dims[3];
  const int64_t planes = channels / (stride * stride), row = width * stride, plane = height * stride * row;
  const float *source = inputs[0].data;
  float *target = outputs[0].data;
  for (int64_t image = 0; image < dims[0]; image++, source += channels * height * width) {
    for (int64_t channel = 0; channel < channels; channel++) {
      const int64_t offset = channel / planes;
      const float *corner = source + channel % planes * plane + offset / stride * row + offset % stride;
      for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) *target++ = corner[(y * row + x) * stride];
      }
    }
  }
  (void)input_count, (void)output_count, (void)message;
  return 0;
}

static const qtool_operator operators[] = {
    {.name = "Reorg", .domain = "yolo", .since_version = 1, .output_types = reorg_types, .compute = reorg_compute},
};

static const qtool_plugin plugin = {QTOOL_PLUGIN_VERSION, sizeof operators / sizeof *operators, operators};

const qtool_plugin *qtool_plugin_entry(uint32_t host_version) {
  return host_version == QTOOL_PLUGIN_VERSION ? &plugin : NULL;
}
