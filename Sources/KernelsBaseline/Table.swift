package import KernelInterface

#if WIDE512
private let name = "x86-64-v4"
#elseif WIDE256
private let name = "x86-64-v3"
#else
private let name = "baseline"
#endif

/// The kernels of this module. On a processor without the module's instructions none may be called.
package func kernelTable() -> KernelTable {
  unsafe KernelTable(
    name: name, lanes: lanes, panelVectors: widestPanel, convolve: { convolve($0) },
    depthwise: { unsafe depthwise($0, $1, $2, $3) }, winogradInput: { winogradInput($0) },
    winogradOutput: { unsafe winogradOutput($0, $1) }, maxPool: { maxPool($0) },
    averagePool: { averagePool($0, $1, $2) }, globalAverage: { unsafe globalAverage($0, $1, $2, $3) },
    finish: { unsafe finish($0, $1, $2, $3) }, placeBins: { placeBins($0) },
    part: { unsafe part($0, $1, $2, $3, $4) },
    exponential: { unsafe exponentials($0, $1, $2) }, errorFunction: { unsafe errorFunctions($0, $1, $2) },
    logistic: { unsafe logistics($0, $1, $2) }, round: { unsafe round($0, $1, $2, $3) },
    softmax: { unsafe softmax($0, $1, $2) }, multiplyAdd: { multiplyAdd(rounds: $0, $1, $2) },
    operationsPerRound: operationsPerRound)
}
