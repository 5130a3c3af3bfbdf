extension OperatorRegistry {
  /// The operators that this package ships. A new family is added to this list and nowhere else.
  package static let standard = OperatorRegistry([
    activations,
    arithmetic,
    casting,
    clipping,
    comparisons,
    convolutions,
    elementaryFunctions,
    joining,
    logic,
    matrixProducts,
    normalizations,
    padding,
    pools,
    rearranging,
    reshaping,
    resizing,
    shapeQueries,
    softmaxes,
  ])
}
