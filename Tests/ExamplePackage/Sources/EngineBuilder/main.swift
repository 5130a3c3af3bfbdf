import Foundation
import QToolKit

// usage: EngineBuilder RECIPE OUTPUT-FOLDER NETWORK
//
// What an engine builder asks before it builds: calibrates by the recipe, finds out what 16 bits break, measures what INT8
// costs, writes an explicitly quantized network, and says how to build an engine from it.
let arguments = CommandLine.arguments
guard arguments.count == 4 else {
  print("usage: EngineBuilder RECIPE FOLDER NETWORK.onnx")
  exit(64)
}
let (recipe, folder, network) = (arguments[1], arguments[2], arguments[3])

do throws(ToolError) {
  var calibration = Calibration(output: "\(folder)/network.cache")
  calibration.recipe = recipe
  calibration.network = network
  let calibrated = try calibration.run()

  var audit = HalfPrecisionAudit()
  audit.recipe = recipe
  audit.network = network
  audit.samples = 50
  audit.plan = "\(folder)/network.plan.json"
  let found = try audit.run()
  print("FP16: \(found.holds ? "holds" : "breaks"), \(found.flippedSamples.count) decisions of 50 flip")

  var comparison = PrecisionComparison()
  comparison.recipe = recipe
  comparison.network = network
  comparison.samples = 200
  comparison.calibration = calibrated.record
  comparison.precisions = "int8"
  comparison.maxDrop = "2%"
  let cost = try comparison.run()
  print("INT8: \(cost.passes ? "loses no more than 2 %" : "loses more than 2 %")")

  var export = NetworkExport(network: network, output: "\(folder)/network.int8.onnx")
  export.calibration = calibrated.record
  let written = try export.run()
  print("\(written.output): \(written.quantizedActivations) activations, \(written.quantizedWeights) weights in INT8")
  for command in written.commands { print(command) }
} catch {
  print("engine builder: \(error)")
  exit(error.exitCode)
}
