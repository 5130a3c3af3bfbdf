package import FoundationEssentials
import OnnxProto
package import TensorCore

/// Reads networks in the [ONNX format](https://onnx.ai/onnx/repo-docs/IR.html).
///
/// Files are taken for hostile: whatever their bytes, reading ends in a model or in an ``ONNXError``, and memory
/// stays within a small multiple of the files' size and ``maximumSparseByteCount``.
package enum ONNXReader {
  /// The oldest version of the standard operators that is read.
  package static let oldestOpset = 6
  /// The newest version of the standard operators whose meaning is known. A newer one is read, with a note.
  package static let newestKnownOpset = 27
  /// How many graphs may lie within each other, not counting the outermost.
  package static let maximumGraphDepth = 16
  /// How many bytes a model's sparse constants may fill together, written out.
  package static let maximumSparseByteCount = 1 << 30

  /// Reads the network in the file at `path`, with the external data beside it.
  package static func readModel(at path: String) throws(ONNXError) -> Model {
    // The mapping ends with the parsing: its pages would count as the process's own.
    try readModel(from: try contents(of: path), path: path)
  }

  /// The bytes of the file at `path`, mapped, for ``readModel(from:path:)`` and whatever else wants to see them.
  ///
  /// - Throws: What ``readModel(at:)`` throws for a file that cannot be opened.
  package static func contents(of path: String) throws(ONNXError) -> Data { try bytes(of: .network, at: path) }

  /// Reads a network from memory.
  ///
  /// - Parameters:
  ///   - bytes: What a file would hold.
  ///   - path: The file's name in messages; external data is looked for beside it.
  package static func readModel(from bytes: Data, path: String) throws(ONNXError) -> Model {
    var proto = try readProto(from: bytes, path: path)
    return try model(from: &proto, path: path)
  }

  /// Reads a file that holds one tensor, as the `test_data_set` folders of ONNX do.
  package static func readTensor(at path: String) throws(ONNXError) -> (name: String, tensor: Tensor) {
    let bytes = try bytes(of: .tensor, at: path)
    do throws(ONNXError.Fault) {
      let proto = try message(OnnxTensorProto.self, from: bytes)
      var reader = TensorReader(besideModelAt: path)
      return (proto.name, try reader.tensor(proto, at: .file))
    } catch {
      throw ONNXError(path: path, content: .tensor, fault: error)
    }
  }

  private static func bytes(of content: ONNXError.Content, at path: String) throws(ONNXError) -> Data {
    do throws(FileFault) {
      return try mappedFile(at: path)
    } catch {
      switch error {
      case .missing: throw ONNXError(path: path, content: content, fault: .missing)
      case .folder: throw ONNXError(path: path, content: content, fault: .folder)
      case .unreadable(let reason): throw ONNXError(path: path, content: content, fault: .unreadable(reason))
      }
    }
  }
}

private func readProto(from bytes: Data, path: String) throws(ONNXError) -> OnnxModelProto {
  if let proto = OnnxModelProto(borrowingConstantsFrom: bytes) { return proto }
  // What is wrong with a file is what is found when it is read whole.
  do throws(ONNXError.Fault) {
    let proto = try message(OnnxModelProto.self, from: bytes)
    guard proto.hasGraph else { throw notANetwork(bytes, otherwise: "a file without a graph") }
    return proto
  } catch {
    throw ONNXError(path: path, fault: error)
  }
}

private func model(from proto: inout OnnxModelProto, path: String) throws(ONNXError) -> Model {
  do throws(ONNXError.Fault) {
    return try convert(&proto, path: path)
  } catch {
    throw ONNXError(path: path, fault: error)
  }
}

/// Turns a message into a model. The message is used up.
private func convert(_ proto: inout OnnxModelProto, path: String) throws(ONNXError.Fault) -> Model {
  // Taken off the message, so that nothing else holds on to its payloads.
  var graph = proto.graph
  proto.clearGraph()
  var reader = GraphReader(besideModelAt: path)
  var model = Model(graph: try reader.graph(&graph), opsets: try opsets(proto.opsetImport))
  model.irVersion = Int(proto.irVersion)
  model.producerName = proto.producerName
  model.producerVersion = proto.producerVersion
  model.domain = proto.domain
  model.modelVersion = Int(proto.modelVersion)
  model.documentation = proto.docString
  model.metadata = proto.metadataProps.map { ($0.key, $0.value) }
  var functions: Set<[String]> = []
  for functionProto in proto.functions {
    let function = try reader.function(functionProto)
    guard functions.insert([function.domain, function.name, function.overload]).inserted else {
      throw .functionTwice(function.name)
    }
    model.functions.append(function)
  }
  model.externalFiles = reader.tensors.external.files
  try checkStandardOpset(of: &model)
  if reader.movedNodes > 0 { model.notes.append(.nodesMoved(count: reader.movedNodes)) }
  if reader.renamedNodes > 0 { model.notes.append(.nodesRenamed(count: reader.renamedNodes)) }
  return model
}

/// Reads a protobuf message, or says what the bytes are instead.
private func message<M: ReadableMessage>(_ type: M.Type, from bytes: Data) throws(ONNXError.Fault) -> M {
  guard !bytes.isEmpty else { throw .empty }
  do throws(ProtoError) {
    return try M(onnxBytes: bytes, depth: 0)
  } catch {
    switch error {
    case .tooDeep: throw .tooDeep
    // A network begins with the version of its format: field 1, a number.
    case .truncated where bytes.first == 0x08: throw .truncated
    case .truncated: throw notANetwork(bytes, otherwise: "bytes of another format")
    case .malformed(let found): throw notANetwork(bytes, otherwise: found)
    }
  }
}

private func notANetwork(_ bytes: Data, otherwise found: String) -> ONNXError.Fault {
  let kind = FileKind(bytes)
  return .notANetwork(
    found: kind?.found ?? found, cure: kind?.cure ?? "copy the file again or export it again")
}

extension OnnxModelProto {
  /// Reads a network whose graph's constants show the bytes of `file` itself, which lives as long as they do.
  ///
  /// - Returns: Nil for what is no network, or an unusual file. What is read is what reading the whole file would give.
  fileprivate init?(borrowingConstantsFrom file: Data) {
    // Longer messages are refused.
    guard file.count < 1 << 31, let model = MessageParts(file, taking: FieldNumber.graph), model.taken.count == 1,
      let graph = MessageParts(model.taken[0], taking: FieldNumber.initializer),
      let rest = try? OnnxModelProto(onnxBytes: model.rest),
      var network = try? OnnxGraphProto(onnxBytes: graph.rest, depth: 1)
    else { return nil }
    network.initializer.reserveCapacity(graph.taken.count)
    for constant in graph.taken {
      guard let parts = MessageParts(constant, taking: FieldNumber.rawData), parts.taken.count <= 1,
        var tensor = try? OnnxTensorProto(onnxBytes: parts.rest, depth: 2)
      else { return nil }
      if let values = parts.taken.first { tensor.rawData = values }
      network.initializer.append(tensor)
    }
    self = rest
    self.graph = network
  }

  /// Those of `onnx.proto` that are taken out of their messages.
  private enum FieldNumber {
    static let graph: UInt64 = 7
    static let initializer: UInt64 = 5
    static let rawData: UInt64 = 9
  }
}

/// A message that can stand alone in a file.
private protocol ReadableMessage { init(onnxBytes bytes: Data, depth: Int) throws(ProtoError) }
extension OnnxModelProto: ReadableMessage {}
extension OnnxTensorProto: ReadableMessage {}
