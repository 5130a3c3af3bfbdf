import ArgumentParser
import Pipeline

/// The program: one subcommand per question it answers.
@main
struct QTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "qtool",
    abstract: "Post-training quantization and calibration for ONNX networks, on the CPU.",
    discussion: """
      Exit codes: 0 ok, 1 a check you asked for failed, 64 usage, 65 bad data, 66 missing input, 70 internal error, \
      73 cannot write, 130 interrupted.
      """,
    version: toolVersion,
    subcommands: [
      CalibrateCommand.self, MergeCommand.self, Fp16AuditCommand.self, CompareCommand.self, ExportCommand.self,
      CacheCommand.self, DataCommand.self, InspectCommand.self, RunCommand.self, ReportCommand.self,
      BenchmarkCommand.self, DoctorCommand.self,
    ])
}
