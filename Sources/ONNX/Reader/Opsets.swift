import OnnxProto

/// The name of an operator domain: `ai.onnx` is another name of the standard one.
func normalizedDomain(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

/// The version of each imported domain's operators.
func opsets(_ protos: [OnnxOperatorSetIdProto]) throws(ONNXError.Fault) -> [String: Int] {
  var versions: [String: Int] = [:]
  for proto in protos {
    let domain = normalizedDomain(proto.domain), version = Int(proto.version)
    if let other = versions.updateValue(version, forKey: domain), other != version {
      throw .conflictingOpsets(domain: domain, other, version)
    }
  }
  return versions
}

/// Refuses a standard operator set that is too old; notes one that is too new to be known.
func checkStandardOpset(of model: inout Model) throws(ONNXError.Fault) {
  guard let version = model.opsets[""] else {
    if model.graph.usesStandardOperators { throw .noOpset }
    return
  }
  if version < ONNXReader.oldestOpset { throw .oldOpset(version) }
  if version > ONNXReader.newestKnownOpset {
    model.notes.append(.newerOpset(found: version, known: ONNXReader.newestKnownOpset))
  }
}

extension Graph {
  fileprivate var usesStandardOperators: Bool {
    nodes.contains { node in node.domain.isEmpty || node.subgraphs.contains(where: \.usesStandardOperators) }
  }
}
