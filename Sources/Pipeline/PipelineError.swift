import CalibrationCache
import CalibrationData
import Executor
import ONNX
import TensorCore

/// Why a command could not do its work: one line for the user, and the code to exit with.
package struct PipelineError: Error, Equatable, CustomStringConvertible {
  package let code: ExitCode
  /// *place: what was expected, what was found; what to do*.
  package let description: String

  package init(_ code: ExitCode, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Words any error of the modules below.
  package init(_ error: any Error) {
    switch error {
    case let error as PipelineError: self = error
    case let error as DataError: self.init(error.category.exitCode, "\(error)")
    case let error as ONNXError: self.init(error.kind == .missingInput ? .missingInput : .badData, "\(error)")
    case let error as OperatorError: self.init(.badData, "\(error)")
    case let error as PluginError: self.init(error.reason == .missing ? .missingInput : .badData, "\(error)")
    case let error as CacheError: self.init(error.isUsage ? .usage : .badData, "\(error)")
    case let error as FileError: self.init(.cannotWrite, "\(error)")
    default: self.init(.internalError, "internal error: \(error); please report it")
    }
  }
}

extension DataError.Category {
  fileprivate var exitCode: ExitCode {
    switch self {
    case .badData: .badData
    case .missingInput: .missingInput
    case .cannotWrite: .cannotWrite
    }
  }
}

extension CacheError {
  /// Whether the fault lies in the flags, not in a file.
  fileprivate var isUsage: Bool {
    switch self {
    case .unknownFormat, .readOnly, .headerMissing: true
    default: false
    }
  }
}
