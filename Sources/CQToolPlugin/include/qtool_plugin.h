/*
 * Operators of your own for qtool: a shared library that exports one function, `qtool_plugin_entry`.
 *
 *   cc -O2 -shared -fPIC -I <this folder> -o reorg.so reorg.c
 *   qtool calibrate network.onnx --plugin ./reorg.so ...
 *
 * Examples/plugins/reorg is a complete one. Everything that qtool passes stays valid during the call only. Several
 * threads may call the same function at the same time, each with buffers of its own.
 */
#ifndef QTOOL_PLUGIN_H
#define QTOOL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. It is raised whenever anything below changes its meaning or its layout. */
#define QTOOL_PLUGIN_VERSION 1

/* The most axes that a tensor has here. */
#define QTOOL_MAX_RANK 8

/* The size of the buffer for messages, with the closing zero. */
#define QTOOL_MESSAGE_SIZE 256

/* Element types, by ONNX's own numbers. Tensors of other types are not handed to plugins. */
#define QTOOL_FLOAT32 1
#define QTOOL_INT64 7

/* What is known of a tensor before it is computed. */
typedef struct {
  /* QTOOL_FLOAT32 or QTOOL_INT64; 0 for an optional input that is not given. */
  int32_t element_type;
  /* The number of axes: 0 to QTOOL_MAX_RANK. */
  int32_t rank;
  /* The extents, outermost first. Those past the rank mean nothing. */
  int64_t dims[QTOOL_MAX_RANK];
} qtool_tensor_type;

/* A tensor's values: float or int64_t, row-major, without gaps. */
typedef struct {
  qtool_tensor_type type;
  /* NULL for an optional input that is not given. */
  void *data;
} qtool_tensor;

/* An attribute of a node. A single number is a list of one. */
typedef struct {
  const char *name;
  /* How many ints or floats, or bytes of text without the closing zero. */
  int64_t count;
  /* One of the three is set, the others are NULL. */
  const int64_t *ints;
  const float *floats;
  const char *text;
} qtool_attribute;

/* The node that an operator is applied in. Attributes that hold tensors or graphs are not listed. */
typedef struct {
  const char *name;
  int32_t attribute_count;
  const qtool_attribute *attributes;
} qtool_node;

/* One operator. Both functions answer 0 where all is well; else they put a text into `message` that says what was
 * expected and what was found, and answer anything else: qtool shows it to the user with the node's name. */
typedef struct {
  /* The operator as the network names it, its domain ("" is ONNX's own), and the operator-set version of that domain
   * from which on it has this meaning: at least 1. */
  const char *name;
  const char *domain;
  int32_t since_version;

  /* Fills `outputs[0]` to `outputs[output_count - 1]` from the inputs' types and the node's attributes alone. */
  int32_t (*output_types)(const qtool_node *node, const qtool_tensor_type *inputs, int32_t input_count,
                          qtool_tensor_type *outputs, int32_t output_count, char message[QTOOL_MESSAGE_SIZE]);

  /* Computes every element of every output. The buffers are qtool's and do not overlap; the inputs are not to be
   * written to. The same inputs must give the same bytes each time. */
  int32_t (*compute)(const qtool_node *node, const qtool_tensor *inputs, int32_t input_count,
                     const qtool_tensor *outputs, int32_t output_count, char message[QTOOL_MESSAGE_SIZE]);
} qtool_operator;

/* What a library has to offer. */
typedef struct {
  /* QTOOL_PLUGIN_VERSION as the library was compiled. */
  uint32_t version;
  int32_t operator_count;
  const qtool_operator *operators;
} qtool_plugin;

/* The function that the library exports. `host_version` is the version that qtool speaks; a library that cannot do
 * with it answers NULL. What it answers stays valid as long as the program runs. */
const qtool_plugin *qtool_plugin_entry(uint32_t host_version);

/* The attribute of that name, or NULL. */
static inline const qtool_attribute *qtool_find_attribute(const qtool_node *node, const char *name) {
  for (int32_t i = 0; i < node->attribute_count; i++) {
    if (strcmp(node->attributes[i].name, name) == 0) return &node->attributes[i];
  }
  return NULL;
}

/* An attribute that is one int, or `otherwise` where there is none of that name and kind. */
static inline int64_t qtool_int_attribute(const qtool_node *node, const char *name, int64_t otherwise) {
  const qtool_attribute *attribute = qtool_find_attribute(node, name);
  return attribute && attribute->ints && attribute->count == 1 ? attribute->ints[0] : otherwise;
}

/* An attribute that is one float, or `otherwise` where there is none of that name and kind. */
static inline float qtool_float_attribute(const qtool_node *node, const char *name, float otherwise) {
  const qtool_attribute *attribute = qtool_find_attribute(node, name);
  return attribute && attribute->floats && attribute->count == 1 ? attribute->floats[0] : otherwise;
}

#ifdef __cplusplus
}
#endif

#endif
