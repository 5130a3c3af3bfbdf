package import Executor

/// The operators that a network may use: the program's own and those of plugins.
package struct Plugins: Sendable {
  package let paths: [String]
  package let registry: OperatorRegistry

  /// The program's own operators only.
  package static let none = Plugins()

  private init() {
    paths = []
    registry = .standard
  }

  /// Loads shared libraries.
  ///
  /// - Throws: ``PipelineError`` for the first that is missing or cannot be used.
  package init(_ paths: [String]) throws(PipelineError) {
    self.paths = paths
    do {
      var libraries: [PluginLibrary] = []
      for path in paths { libraries.append(try PluginLibrary(path: path)) }
      registry = try OperatorRegistry.standard.adding(libraries)
    } catch {
      throw PipelineError(error)
    }
  }
}
