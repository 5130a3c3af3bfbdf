import CQToolPlugin
import Glibc

/// A shared library with operators, loaded for as long as the program runs.
package struct PluginLibrary: Sendable {
  /// As the user named it.
  package let path: String
  package let operators: [OperatorEntry]

  private typealias Entry = @convention(c) (UInt32) -> UnsafePointer<qtool_plugin>?
  private static let largestTable = 4096

  /// Loads the library and reads its table.
  ///
  /// - Throws: Where it is no library, has no entry, speaks another version, or its table is wrong. What a node makes
  ///   of its operators is checked when they are used.
  package init(path: String) throws(PluginError) {
    let table = try unsafe PluginLibrary.table(path)
    let count = Int(unsafe table.pointee.operator_count)
    guard count >= 1, count <= PluginLibrary.largestTable, let first = unsafe table.pointee.operators else {
      throw PluginError(path: path, reason: .emptyTable(count))
    }
    var operators: [OperatorEntry] = []
    for index in 0..<count {
      let found = try unsafe PluginFunctions(first[index], at: index, of: path)
      let twin = operators.contains {
        $0.name == found.name && $0.domain == found.domain && $0.since == found.since
      }
      guard !twin else {
        throw PluginError(path: path, reason: .badOperator(index: index, found: "'\(found.name)' a second time"))
      }
      operators.append(
        OperatorEntry(found.name, domain: found.domain, since: found.since) { node throws(OperatorError) in
          try PluginOperator(node, found)
        })
    }
    self.path = path
    self.operators = operators
  }

  private static func table(_ path: String) throws(PluginError) -> UnsafePointer<qtool_plugin> {
    // A bare name would be searched for where the system keeps its libraries.
    let place = path.contains("/") ? path : "./" + path
    guard unsafe access(place, F_OK) == 0 else { throw PluginError(path: path, reason: .missing) }
    guard let library = unsafe dlopen(place, RTLD_NOW | RTLD_LOCAL) else {
      let text = unsafe dlerror().map { unsafe String(cString: $0) } ?? "something else"
      throw PluginError(path: path, reason: .notLoadable("'\(text)'"))
    }
    guard let symbol = unsafe dlsym(library, "qtool_plugin_entry") else {
      throw PluginError(path: path, reason: .noEntry)
    }
    let entry = unsafe unsafeBitCast(symbol, to: Entry.self)
    let host = UInt32(QTOOL_PLUGIN_VERSION)
    guard let table = unsafe entry(host) else { throw PluginError(path: path, reason: .refused(host: host)) }
    let version = unsafe table.pointee.version
    guard version == host else { throw PluginError(path: path, reason: .version(host: host, found: version)) }
    return unsafe table
  }
}

/// One entry of a plugin's table, checked.
///
/// The functions are the library's, which stays loaded; the interface asks that they may run on several threads.
@safe
struct PluginFunctions: @unchecked Sendable {
  typealias OutputTypes =
    @convention(c) (
      UnsafePointer<qtool_node>?, UnsafePointer<qtool_tensor_type>?, Int32, UnsafeMutablePointer<qtool_tensor_type>?,
      Int32, UnsafeMutablePointer<CChar>?
    ) -> Int32
  typealias Compute =
    @convention(c) (
      UnsafePointer<qtool_node>?, UnsafePointer<qtool_tensor>?, Int32, UnsafePointer<qtool_tensor>?, Int32,
      UnsafeMutablePointer<CChar>?
    ) -> Int32

  let path: String
  let name: String
  let domain: String
  let since: Int
  let outputTypes: OutputTypes
  let compute: Compute

  init(_ entry: qtool_operator, at index: Int, of path: String) throws(PluginError) {
    func fault(_ found: String) -> PluginError {
      PluginError(path: path, reason: .badOperator(index: index, found: found))
    }
    guard let name = unsafe entry.name, let domain = unsafe entry.domain else { throw fault("no name or no domain") }
    self.name = unsafe String(cString: name)
    self.domain = unsafe String(cString: domain)
    guard !self.name.isEmpty else { throw fault("an empty name") }
    since = Int(unsafe entry.since_version)
    guard since >= 1 else { throw fault("version \(since)") }
    guard let outputTypes = unsafe entry.output_types, let compute = unsafe entry.compute else {
      throw fault("'\(self.name)' without one of its functions")
    }
    unsafe self.outputTypes = unsafe outputTypes
    unsafe self.compute = unsafe compute
    self.path = path
  }
}

extension OperatorRegistry {
  /// These operators and those of `libraries`.
  ///
  /// - Throws: Where a plugin has an operator of a name, domain and version that is known already.
  package func adding(_ libraries: [PluginLibrary]) throws(PluginError) -> OperatorRegistry {
    var registry = self
    for library in libraries {
      for entry in library.operators {
        guard registry.add(entry) else {
          let name = entry.domain.isEmpty ? entry.name : "\(entry.domain).\(entry.name)"
          throw PluginError(path: library.path, reason: .knownOperator("\(name)' since version '\(entry.since)"))
        }
      }
    }
    return registry
  }
}
