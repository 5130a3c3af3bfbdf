import ONNX

/// 9: no batch axis in front, and no lengths of sequences; of such a node there is no equal.
let scanChanges = [
  OperatorChange("Scan", since: 9) { _, _ throws(OpsetFault) in throw .dropped("the batch axis of Scan-8") }
]
