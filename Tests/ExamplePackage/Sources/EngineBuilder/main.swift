import Foundation
import QToolKit

// usage: EngineBuilder RECIPE OUTPUT-FOLDER NETWORK
//
// Calibrates by the recipe and writes an explicitly quantized network, then says how to build an engine from it.
let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  print("usage: EngineBuilder RECIPE FOLDER NETWORK.onnx")
  exit(64)
}

do throws(ToolError) {
  var calibration = Calibration(output: "\(arguments[2])/network.cache")
  calibration.recipe = arguments[1]
  calibration.network = arguments[3]
  let calibrated = try calibration.run()

  var export = NetworkExport(network: arguments[3], output: "\(arguments[2])/network.int8.onnx")
  export.calibration = calibrated.record
  let written = try export.run()
  print("\(written.output): \(written.quantizedActivations) activations, \(written.quantizedWeights) weights in INT8")
  for command in written.commands { print(command) }
} catch {
  print("engine builder: \(error)")
  exit(error.exitCode)
}
