/// What a calibration found, in plain values.
package struct CalibrationReportInput: Sendable {
  /// A sample that was left out.
  package struct SkippedSample: Sendable, Equatable {
    package var sample: String
    package var reason: String

    package init(_ sample: String, reason: String) {
      self.sample = sample
      self.reason = reason
    }
  }

  package var toolVersion: String
  package var modelName: String
  /// 64 hexadecimal digits.
  package var modelSHA256: String
  package var dataName: String
  /// How many samples were used.
  package var sampleCount: Int
  package var skipped: [SkippedSample]
  /// What is done to a sample before the network sees it, as the recipe declares it.
  package var preprocessing: String
  package var method: String
  /// The method's parameters in the order of reading.
  package var parameters: [(name: String, value: String)]
  /// The instruction set and the BLAS core that did the arithmetic.
  package var kernelClass: String
  package var seconds: Double?
  /// In the network's order.
  package var tensors: [CalibratedTensor]
  /// What earlier steps found, in addition to what the report finds in the figures.
  package var findings: [Finding]
  /// How the scales came to rest as samples were added; nil where that was not looked at.
  package var convergence: ConvergenceReport?

  package init(
    toolVersion: String, modelName: String, modelSHA256: String, dataName: String, sampleCount: Int,
    skipped: [SkippedSample] = [], preprocessing: String, method: String, parameters: [(name: String, value: String)],
    kernelClass: String, seconds: Double? = nil, tensors: [CalibratedTensor], findings: [Finding] = [],
    convergence: ConvergenceReport? = nil
  ) {
    self.toolVersion = toolVersion
    self.modelName = modelName
    self.modelSHA256 = modelSHA256
    self.dataName = dataName
    self.sampleCount = sampleCount
    self.skipped = skipped
    self.preprocessing = preprocessing
    self.method = method
    self.parameters = parameters
    self.kernelClass = kernelClass
    self.seconds = seconds
    self.tensors = tensors
    self.findings = findings
    self.convergence = convergence
  }
}
