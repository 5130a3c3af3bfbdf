import CalibrationCache
import Foundation
import ONNX

/// The time of each layer, as an engine builder measured it: what `trtexec --exportProfile` writes.
package struct EngineProfile: Sendable {
  /// A layer of the engine, which may join several nodes of the network.
  package struct Layer: Sendable {
    package let name: String
    package let milliseconds: Double
  }

  package let layers: [Layer]
  /// Milliseconds by node; a joined layer's time is shared among its nodes.
  package let byNode: [String: Double]
  /// Layers of which no part is a node, such as copies and conversions.
  package let unmatched: [Layer]

  package var total: Double { layers.reduce(0) { $0 + $1.milliseconds } }

  /// Reads a list of objects with `name` and `averageMs`, or `timeMs`, the sum over `count` runs that the first entry
  /// tells.
  ///
  /// - Parameters:
  ///   - graph: The network that the engine was built of.
  ///   - work: How a joined layer's time is shared among its nodes: in proportion; evenly where all are 0.
  /// - Throws: ``PipelineError`` for a file that is missing or no such list, and where no layer is one of the network's.
  init(contentsOf path: String, graph: Graph, work: [String: Double]) throws(PipelineError) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw PipelineError(
        .missingInput, "\(path): expected a profile, found no file that can be read; check the path")
    }
    layers = try Self.layers([UInt8](bytes), place: path)
    let matcher = LayerNames(graph)
    var byNode: [String: Double] = [:]
    var unmatched: [Layer] = []
    for layer in layers {
      let nodes = matcher.nodes(of: layer.name)
      guard !nodes.isEmpty else {
        unmatched.append(layer)
        continue
      }
      let weights = nodes.map { work[$0] ?? 0 }
      let whole = weights.reduce(0, +)
      for (node, weight) in zip(nodes, weights) {
        byNode[node, default: 0] += layer.milliseconds * (whole > 0 ? weight / whole : 1 / Double(nodes.count))
      }
    }
    guard !byNode.isEmpty else {
      throw PipelineError(
        .badData,
        "\(path): expected layers named after nodes of the network, found none among \(layers.count), the first "
          + "'\((layers.first?.name ?? "").prefix(60))'; is it another network's profile?")
    }
    self.byNode = byNode
    self.unmatched = unmatched
  }

  private static func layers(_ bytes: [UInt8], place: String) throws(PipelineError) -> [Layer] {
    do {
      let entries = try JSONCursor(try JSON(parsing: bytes), place: place).elements()
      var runs: Double?
      var layers: [Layer] = []
      for entry in entries {
        guard let name = try entry.optional("name")?.string() else {
          runs = try entry.optional("count")?.number()
          continue
        }
        let average = try entry.optional("averageMs")?.number()
        let milliseconds = try average ?? entry["timeMs"].number() / max(1, runs ?? 1)
        guard milliseconds.isFinite, milliseconds >= 0 else {
          throw PipelineError(
            .badData, "\(place), layer '\(name)': expected milliseconds from 0, found \(milliseconds); export it anew")
        }
        layers.append(Layer(name: name, milliseconds: milliseconds))
      }
      return layers
    } catch let error as CacheError {
      throw PipelineError(.badData, "\(error)")
    } catch let fault as JSONFault {
      throw PipelineError(
        .badData,
        "\(place), line \(fault.line): expected \(fault.expected), found \(fault.found); export the profile anew")
    } catch {
      throw PipelineError(error)
    }
  }
}

/// Finds the nodes that an engine's layer was made of, by its name.
private struct LayerNames {
  private let nodes: [String]
  private let known: Set<String>
  /// By their outputs: parsers name layers without a name of their own after them.
  private let byOutput: [String: String]

  init(_ graph: Graph) {
    nodes = graph.nodes.map(\.name)
    known = Set(nodes)
    byOutput = Dictionary(graph.nodes.flatMap { node in node.outputs.map { ($0, node.name) } }) { first, _ in first }
  }

  /// The parts of a joined name that are nodes, in the order of the name, each once.
  ///
  /// TensorRT joins with ` + ` and ` || `, writes `PWN(a, b)` for pointwise networks, puts what it made of a node into
  /// brackets (`Reformatting CopyNode for Input Tensor 0 to conv1`, which is the conversion's time, none of the node's),
  /// and adds `[Convolution]`-like types or `_myl0_3` behind names.
  func nodes(of layer: String) -> [String] {
    if let node = node(layer) { return [node] }
    guard !layer.hasPrefix("Reformatting CopyNode") else { return [] }
    var found: [String] = []
    for part in layer.components(separatedBy: CharacterSet(charactersIn: "+|,()[]{}")) {
      let name = part.trimmingCharacters(in: .whitespaces)
      guard !name.isEmpty, let node = node(name), !found.contains(node) else { continue }
      found.append(node)
    }
    return found
  }

  private func node(_ name: String) -> String? { known.contains(name) ? name : byOutput[name] }
}
