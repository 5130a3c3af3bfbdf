/// Where the time of a session's runs goes, step by step.
package final class StepTimes {
  /// A step of a plan: a node and what runs in place on its output.
  package struct Entry: Sendable {
    /// As the ONNX file names the node; a conversion between layouts is called after the tensor that it converts.
    package let node: String
    package let opType: String
    /// The nodes that run on the step's output, by operator.
    package let stages: [String]
    /// Whether the kernel does less than the sums of products of the node's definition.
    package let isTransformed: Bool
    /// Seconds inside the step's kernel in the run in which it took least: what else the machine does falls on few runs.
    package fileprivate(set) var kernel = Double.infinity
    /// Likewise for roundings, stages that the kernel does not run itself, and the observer.
    package fileprivate(set) var rest = Double.infinity
  }

  package private(set) var entries: [Entry]

  package init(_ plan: Plan) {
    entries = plan.steps.map { step in
      Entry(
        node: step.label.name, opType: step.label.opType,
        stages: step.stages.map { plan.network.parts[$0.stage.node].label.opType },
        isTransformed: step.kernel is WinogradConvolution)
    }
  }

  func add(step: Int, kernel: Duration, rest: Duration) {
    entries[step].kernel = min(entries[step].kernel, kernel / .seconds(1))
    entries[step].rest = min(entries[step].rest, rest / .seconds(1))
  }
}
