/// A magnitude that inputs and activations often reach exactly.
struct KnownExtreme: Sendable {
  let amax: Float
  let meaning: String

  /// The extremes of pictures normalised in the usual ways, in binary32 arithmetic as preprocessing computes them, and
  /// the bounds of activation functions.
  static let all: [KnownExtreme] = {
    var list = [
      KnownExtreme(amax: 1, meaning: "1, as Sigmoid, Softmax and pictures divided by 255 have"),
      KnownExtreme(amax: 6, meaning: "6, as Relu6 has"),
      KnownExtreme(amax: 255, meaning: "255, as unscaled pictures have"),
      KnownExtreme(amax: 2.64, meaning: "2.64, as pictures normalised for ImageNet have"),
      KnownExtreme(amax: (1 - 0.1307) / 0.3081, meaning: "(1 - 0.1307) / 0.3081, as MNIST normalised has"),
      KnownExtreme(amax: (1 - 0.2860) / 0.3530, meaning: "(1 - 0.2860) / 0.3530, as Fashion-MNIST normalised has"),
    ]
    for (set, channels) in [
      ("ImageNet", [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)]),
      ("CIFAR-10", [(0.4914, 0.2023), (0.4822, 0.1994), (0.4465, 0.2010)]),
      ("CIFAR-10", [(0.4914, 0.2470), (0.4822, 0.2435), (0.4465, 0.2616)]),
      ("CIFAR-100", [(0.5071, 0.2675), (0.4867, 0.2565), (0.4408, 0.2761)]),
    ] as [(String, [(Float, Float)])] {
      for (mean, deviation) in channels {
        list.append(
          KnownExtreme(
            amax: (1 - mean) / deviation,
            meaning: "(1 - \(mean)) / \(deviation), as pictures normalised for \(set) have"))
        list.append(
          KnownExtreme(
            amax: mean / deviation, meaning: "\(mean) / \(deviation), as pictures normalised for \(set) have"))
      }
    }
    return list
  }()

  /// How a magnitude follows from a known one.
  struct Match: Sendable {
    let extreme: KnownExtreme
    /// The candidate of the entropy search, of 2048 bins; nil where the magnitude is the extreme itself.
    let candidate: Int?

    /// Whether the extreme is one that numbers of other meaning hit by chance.
    var isPowerOfTwo: Bool { extreme.amax.significand == 1 }
  }

  /// The extreme that `amax` is, or is `(i + 0.5) / 2048` times of, for one of the `candidates` i.
  static func match(_ amax: Double, candidates: [Int]) -> Match? {
    for extreme in all where LintSubject.areClose(amax, Double(extreme.amax)) {
      return Match(extreme: extreme, candidate: nil)
    }
    for candidate in candidates {
      for extreme in all where LintSubject.areClose(amax, Double(extreme.amax) * (Double(candidate) + 0.5) / 2048) {
        return Match(extreme: extreme, candidate: candidate)
      }
    }
    return nil
  }
}
