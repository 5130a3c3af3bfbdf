import CProcessor
import Glibc
package import KernelInterface
import KernelsBaseline

#if arch(x86_64)
import KernelsV3
import KernelsV4
#endif

/// Which of our own kernels run: the widest that the processor has, or those that QTOOL_KERNELS names.
package enum KernelLibrary {
  package static let current: KernelTable = selection.table

  /// The instructions that the kernels in use were compiled for: `x86-64-v4`, `x86-64-v3` or `baseline`.
  package static var name: String { current.name }

  /// Why QTOOL_KERNELS could not be followed, in one line; nil where it could.
  package static var problem: String? { selection.problem }

  /// The environment variable that forces one of the tables.
  package static let variable = "QTOOL_KERNELS"

  private static let selection = select(unsafe getenv(variable).map { unsafe String(cString: $0) })

  /// The tables that this processor can run, the widest first.
  package static let available: [KernelTable] = {
    var tables: [KernelTable] = []
    #if arch(x86_64)
    let level = qtool_processor_level()
    if level >= 4 { tables.append(KernelsV4.kernelTable()) }
    if level >= 3 { tables.append(KernelsV3.kernelTable()) }
    #endif
    return tables + [KernelsBaseline.kernelTable()]
  }()

  /// The names of ``available``.
  package static var availableNames: [String] { available.map(\.name) }

  private static func select(_ wanted: String?) -> (table: KernelTable, problem: String?) {
    guard let wanted, !wanted.isEmpty else { return (available[0], nil) }
    if let table = available.first(where: { $0.name == wanted || $0.name == "x86-64-" + wanted }) {
      return (table, nil)
    }
    let names = available.map { $0.name.replacing("x86-64-", with: "") }.joined(separator: ", ")
    return (
      available[0], "\(variable): expected one of \(names) on this processor, found '\(wanted)'; choose one or unset it"
    )
  }

  /// So many channels are needed for the kernels that work on whole vectors of channels, whichever the table: so v3 and
  /// v4 take the same way, and give the same bits.
  package static let leastChannels = 16
}
