import Pipeline

extension Recipe {
  /// What a call is given: a recipe file, where there is one, with `network` in place of its own.
  init(at path: String?, dataRoot: String?, network: String?) throws(PipelineError) {
    self = if let path { try Recipe(contentsOf: path, dataRoot: dataRoot) } else { Recipe() }
    if let network { model = network }
  }
}
