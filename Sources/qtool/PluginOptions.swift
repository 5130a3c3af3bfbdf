import ArgumentParser

/// The flag that names shared libraries with operators.
struct PluginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A shared library with operators of your own (qtool_plugin.h says how). May be repeated.", valueName: "lib.so"))
  var plugin: [String] = []
}
