import ArgumentParser
import Pipeline

/// `qtool doctor`: is this machine used as well as it could be?
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Name the kernels that run on this machine, and what keeps them from full speed.")

  @Flag(help: "Print the result as JSON.") var json = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let doctor = Doctor()
      Console.result(json ? try doctor.json() : doctor.text)
    }
  }
}
