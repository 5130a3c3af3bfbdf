import ArgumentParser

/// `qtool data`: is this the data the network expects?
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Look at samples as the network sees them, compare them with your own, or pack them.",
    subcommands: [])
}
