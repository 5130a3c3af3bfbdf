extension PlanBuilder {
  /// Has Winograd's transform compute the convolutions that it is quicker for. Kernels that round what they make, as a
  /// simulated precision asks, stay as they are.
  mutating func transformConvolutions() {
    for position in steps.indices {
      guard let direct = steps[position].kernel as? DirectConvolution, let kernel = WinogradConvolution(direct) else {
        continue
      }
      steps[position].kernel = kernel
    }
  }
}
