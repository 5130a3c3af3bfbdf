import COpenBLAS

/// `C = α·op(A)·op(B) + β·C` over row-major matrices, by OpenBLAS on the calling thread.
///
/// - Parameters:
///   - m: Rows of `op(A)` and of `C`.
///   - n: Columns of `op(B)` and of `C`.
///   - k: Columns of `op(A)`, rows of `op(B)`.
///   - leadingA: How many elements apart two rows of `A` lie; likewise the others.
@inline(__always)
func gemm(
  transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
  _ a: UnsafePointer<Float>, leadingA: Int, _ b: UnsafePointer<Float>, leadingB: Int, beta: Float,
  _ c: UnsafeMutablePointer<Float>, leadingC: Int
) {
  // OpenBLAS asks for leading dimensions of at least 1 even where a matrix is empty.
  guard m > 0, n > 0 else { return }
  if m == 1 && k > 0 {
    return unsafe gemv(
      a, step: transposeA ? leadingA : 1, transposeB, n: n, k: k, alpha, b, leadingB: leadingB, beta, c)
  }
  unsafe cblas_sgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m),
    blasint(n),
    blasint(k), alpha, a, blasint(max(leadingA, 1)), b, blasint(max(leadingB, 1)), beta, c, blasint(max(leadingC, 1)))
}

/// `C = α·a·op(B) + β·C` where `a` is one row, whose elements are `step` apart: a product of matrices would copy all of
/// `B` first, to read it once.
private func gemv(
  _ a: UnsafePointer<Float>, step: Int, _ transposeB: Bool, n: Int, k: Int, _ alpha: Float,
  _ b: UnsafePointer<Float>, leadingB: Int, _ beta: Float, _ c: UnsafeMutablePointer<Float>
) {
  // What lies in C does not count then, not even NaN.
  if beta == 0 { unsafe c.update(repeating: 0, count: n) }
  unsafe cblas_sgemv(
    CblasRowMajor, transposeB ? CblasNoTrans : CblasTrans, blasint(transposeB ? n : k), blasint(transposeB ? k : n),
    alpha, b, blasint(max(leadingB, 1)), a, blasint(max(step, 1)), beta == 0 ? 1 : beta, c, 1)
}

/// The matrix library that the executor calls.
package enum BLAS {
  /// Keeps the library to the calling thread: the workers are the parallelism, and one thread adds in one order.
  package static func useOneThread() { _ = settled }

  /// Made once, whoever asks first.
  private static let settled: Void = openblas_use_calling_thread()

  /// The kernels that the library has chosen for this processor, such as `Haswell` or `Cooperlake`.
  package static var coreName: String {
    guard let name = unsafe openblas_get_corename() else { return "unknown" }
    return unsafe String(cString: name)
  }
}
