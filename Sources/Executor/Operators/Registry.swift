extension OperatorRegistry {
  /// The operators that this package ships. A new family is added to this list and nowhere else.
  package static let standard = OperatorRegistry([
    activations,
    argExtremes,
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
    powersAndRemainders,
    rearranging,
    reductions,
    reshaping,
    resizing,
    selections,
    shapeQueries,
    softmaxes,
  ])
}
