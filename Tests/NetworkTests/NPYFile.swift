import CalibrationData
import TensorCore

/// Arrays in files, read back and written as the program itself does.
enum NPYFile {
  static func write(_ tensor: Tensor, to path: String) throws { try NPYWriter.write(tensor, to: path) }

  static func read(_ path: String) throws -> Tensor { try StoredArray(npyAt: path, place: path).tensor() }
}
