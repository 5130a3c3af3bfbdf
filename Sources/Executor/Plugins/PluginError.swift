/// A shared library that cannot be used as a plugin, and why.
package struct PluginError: Error, Equatable {
  package enum Reason: Equatable, Sendable {
    case missing
    case notLoadable(String)
    case noEntry
    /// The library speaks a later version only, or an earlier one.
    case refused(host: UInt32)
    case version(host: UInt32, found: UInt32)
    case emptyTable(Int)
    case badOperator(index: Int, found: String)
    case knownOperator(String)
  }

  package let path: String
  package let reason: Reason
}

extension PluginError: CustomStringConvertible {
  package var description: String { "plugin '\(path)': \(detail)" }

  private var detail: String {
    switch reason {
    case .missing: "expected a shared library, found no such file; check the path"
    case .notLoadable(let text): "expected a shared library for this machine, found \(text); build it anew"
    case .noEntry:
      "expected the function qtool_plugin_entry, found none; export it as qtool_plugin.h declares it"
    case .refused(let host):
      "expected a plugin for version \(host) of qtool_plugin.h, found one that refuses it; build it with this header"
    case .version(let host, let found):
      "expected a plugin for version \(host) of qtool_plugin.h, found version \(found); build it with this header"
    case .emptyTable(let count): "expected 1 to 4096 operators, found \(count); correct the table"
    case .badOperator(let index, let found):
      "operator \(index): expected a name, a domain, a version from 1 and two functions, found \(found); "
        + "correct the table"
    case .knownOperator(let name):
      "expected operators that are not known yet, found '\(name)'; choose another domain or a later version"
    }
  }
}
