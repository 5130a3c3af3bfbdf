import Executor
import Kernels

/// Which of the program's kernels run.
package enum KernelChoice {
  /// - Throws: ``PipelineError`` where the environment asks for kernels that there are not, or that this processor
  ///   cannot run.
  package static func check() throws(PipelineError) {
    if let problem = KernelLibrary.problem { throw PipelineError(.usage, problem) }
  }
}
