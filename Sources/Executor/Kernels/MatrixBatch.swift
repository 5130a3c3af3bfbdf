import TensorCore

/// How two tensors are multiplied as batches of matrices, by the rules of NumPy's `matmul`.
struct MatrixBatch: Sendable {
  /// Of the result.
  let shape: Shape
  let m: Int
  let n: Int
  let k: Int
  /// For each product, where its matrices begin.
  let offsets: [(a: Int, b: Int)]

  init(_ a: Shape, _ b: Shape, node: NodeLabel) throws(OperatorError) {
    guard a.rank >= 1, b.rank >= 1 else {
      throw OperatorError(node, .shape(expected: "vectors or matrices", found: "\(a) and \(b)"))
    }
    // A vector counts as a matrix of one row on the left and one column on the right; the axis is dropped again.
    let left = a.rank == 1 ? Shape([1, a[0]]) : a, right = b.rank == 1 ? Shape([b[0], 1]) : b
    let batchA = Shape(Array(left.dimensions.dropLast(2))), batchB = Shape(Array(right.dimensions.dropLast(2)))
    guard left[left.rank - 1] == right[right.rank - 2], let batch = BroadcastLoop.shape(batchA, batchB) else {
      throw OperatorError(node, .shape(expected: "matrices that can be multiplied", found: "\(a) and \(b)"))
    }
    m = left[left.rank - 2]
    k = left[left.rank - 1]
    n = right[right.rank - 1]
    let result = Shape(batch.dimensions + (a.rank == 1 ? [] : [m]) + (b.rank == 1 ? [] : [n]))
    shape = result
    guard let count = batch.checkedCount, count <= Network.largestElementCount else {
      throw OperatorError(node, .tooLarge("\(result)"))
    }
    let walk = BroadcastWalk([batchA, batchB], to: batch)
    let (sizeA, sizeB) = (m * k, k * n)
    var pairs: [(a: Int, b: Int)] = []
    pairs.reserveCapacity(count)
    walk.forEachLine { _, starts in
      for i in 0..<walk.innerCount {
        pairs.append(((starts[0] + i * walk.innerSteps[0]) * sizeA, (starts[1] + i * walk.innerSteps[1]) * sizeB))
      }
    }
    offsets = pairs
  }
}
