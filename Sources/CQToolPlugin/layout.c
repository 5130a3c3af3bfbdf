#include "qtool_plugin.h"

/* The layout that version 1 of the interface promises to libraries compiled long ago. */
_Static_assert(sizeof(qtool_tensor_type) == 72, "a tensor type is 72 bytes");
_Static_assert(offsetof(qtool_tensor, data) == 72, "the values follow the type");
_Static_assert(offsetof(qtool_plugin, operators) == 8, "the operators follow version and count");
_Static_assert(offsetof(qtool_operator, output_types) == 2 * sizeof(void *) + 8, "the functions follow the names");
