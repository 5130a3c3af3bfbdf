import ONNX
import PrecisionAudit
import TensorCore
import TestSupport

extension PlantedNetwork {
  static let family: [PlantedNetwork] = [
    square, epsilon, normEpsilon, mask, tinyWeights, hugeWeights, largeIntegers, longSum, sumRange, boundedSum,
    hotChannel, thinMargin,
  ]

  private static func rows(_ width: Int, seed: UInt64 = 5, count: Int = 24, _ change: (Float) -> Float = { $0 })
    -> [(tensor: Tensor, slice: String)]
  {
    var random = RandomNumbers(seed: seed)
    return (0..<count).map { place in
      (Tensor(random.floats(width).map(change), shape: [1, width]), place.isMultiple(of: 2) ? "even" : "odd")
    }
  }

  /// A norm written out in operators: x² passes 65504 where |x| passes 256.
  private static var square: PlantedNetwork {
    func model(_ scale: Float) -> Model {
      var sketch = ModelSketch(input: [1, 32])
      let factor = sketch.constant("factor", [scale], []), two = sketch.constant("two", [2], [])
      let epsilon = sketch.constant("epsilon", [0.01], [])
      let scaled = sketch.node("Mul", "scaled", ["x", factor])
      sketch.node("Pow", "square", [scaled, two])
      sketch.node("ReduceMean", "mean", ["square"], ["axes": .ints([1]), "keepdims": .int(1)])
      sketch.node("Add", "shifted", ["mean", epsilon])
      sketch.node("Sqrt", "root", ["shifted"])
      return sketch.head(sketch.node("Div", "normal", [scaled, "root"]), width: 32)
    }
    return PlantedNetwork(
      name: "x² overflow", node: "square", kind: .overflow, faulty: model(1000), clean: model(3), samples: rows(32))
  }

  /// An epsilon of 1e-12 below a root: samples without positive values divide zero by zero.
  private static var epsilon: PlantedNetwork {
    func model(_ value: Float) -> Model {
      var sketch = ModelSketch(input: [1, 32])
      let epsilon = sketch.constant("epsilon", [value], []), two = sketch.constant("two", [2], [])
      sketch.node("Relu", "positive", ["x"])
      sketch.node("Pow", "square", ["positive", two])
      sketch.node("ReduceMean", "mean", ["square"], ["axes": .ints([1]), "keepdims": .int(1)])
      sketch.node("Add", "shifted", ["mean", epsilon])
      sketch.node("Sqrt", "root", ["shifted"])
      return sketch.head(sketch.node("Div", "normal", ["positive", "root"]), width: 32)
    }
    var samples = rows(32)
    for place in [3, 8] { samples[place].tensor = Tensor(Array(repeating: Float(-0.5), count: 32), shape: [1, 32]) }
    return PlantedNetwork(
      name: "vanishing epsilon", node: "shifted", kind: .vanishingEpsilon, faulty: model(1e-12), clean: model(0.01),
      samples: samples)
  }

  /// The same as an attribute of LayerNormalization, on rows of equal values.
  private static var normEpsilon: PlantedNetwork {
    func model(_ value: Float) -> Model {
      var sketch = ModelSketch(input: [1, 32])
      let scale = sketch.constant("scale", Array(repeating: 1, count: 32), [32])
      let bias = sketch.constant("bias", (0..<32).map { Float($0) / 32 }, [32])
      let norm = sketch.node("LayerNormalization", "norm", ["x", scale, bias], ["epsilon": .float(value)])
      return sketch.head(norm, width: 32, seed: 78)
    }
    var samples = rows(32)
    samples[5].tensor = Tensor(Array(repeating: Float(0.25), count: 32), shape: [1, 32])
    return PlantedNetwork(
      name: "vanishing epsilon of LayerNormalization", node: "norm", kind: .vanishingEpsilon, faulty: model(1e-12),
      clean: model(1e-3), samples: samples)
  }

  /// Scores blotted out by −1e9 times a mask of zeros and ones: zero times infinity.
  private static var mask: PlantedNetwork {
    func model(_ value: Float) -> Model {
      var sketch = ModelSketch(input: [1, 32])
      let axes = sketch.ints("axes", [1]), zero = sketch.ints("zero", [0]), half = sketch.ints("half", [16])
      let end = sketch.ints("end", [32]), penalty = sketch.constant("penalty", [value], [])
      sketch.node("Slice", "scores", ["x", zero, half, axes])
      sketch.node("Slice", "hidden", ["x", half, end, axes])
      sketch.node("Mul", "penalties", ["hidden", penalty])
      sketch.node("Add", "masked", ["scores", "penalties"])
      return sketch.head(sketch.node("Softmax", "weights", ["masked"], ["axis": .int(1)]), width: 16, scale: 4)
    }
    var samples = rows(32)
    for place in samples.indices {
      let scores = samples[place].tensor.array(of: Float.self).prefix(16)
      let hidden = (0..<16).map { Float(($0 + place) % 3 == 0 ? 1 : 0) }
      samples[place].tensor = Tensor(scores + hidden, shape: [1, 32])
    }
    return PlantedNetwork(
      name: "−1e9 mask", node: "penalties", kind: .mask, faulty: model(-1e9), clean: model(-10000), samples: samples)
  }

  /// Weights at 1e-8, made up for by factors behind them.
  private static var tinyWeights: PlantedNetwork {
    func model(_ scale: Float, _ factor: Float) -> Model {
      var sketch = ModelSketch(input: [1, 32])
      var random = RandomNumbers(seed: 3)
      let weights = sketch.constant("w", random.floats(32 * 16).map { $0 * scale }, [32, 16])
      let up = sketch.constant("up", [factor], []), again = sketch.constant("again", [factor], [])
      sketch.node("MatMul", "tiny", ["x", weights])
      sketch.node("Mul", "once", ["tiny", up])
      return sketch.head(sketch.node("Mul", "twice", ["once", again]), width: 16)
    }
    return PlantedNetwork(
      name: "weights at 1e-8", node: "tiny", kind: .weightsVanish, faulty: model(2e-8, 8192), clean: model(0.5, 1),
      samples: rows(32))
  }

  /// Weights above 65504 behind small inputs.
  private static var hugeWeights: PlantedNetwork {
    func model(_ scale: Float, _ factor: Float) -> Model {
      var sketch = ModelSketch(input: [1, 32])
      var random = RandomNumbers(seed: 3)
      let weights = sketch.constant("w", random.floats(32 * 16).map { $0 * scale }, [32, 16])
      let down = sketch.constant("down", [factor], [])
      sketch.node("Mul", "small", ["x", down])
      return sketch.head(sketch.node("MatMul", "huge", ["small", weights]), width: 16)
    }
    return PlantedNetwork(
      name: "weights above 65504", node: "huge", kind: .weightsOverflow, faulty: model(200_000, 1e-4),
      clean: model(1, 1), samples: rows(32))
  }

  /// Places in a table, carried as floats.
  private static var largeIntegers: PlantedNetwork {
    var sketch = ModelSketch(input: [1, 4], .int64)
    var random = RandomNumbers(seed: 4)
    let table = sketch.constant("table", random.floats(8192 * 8), [8192, 8])
    let shape = sketch.ints("flat", [1, 32])
    sketch.node("Cast", "toFloat", ["x"], ["to": .int(1)])
    sketch.node("Abs", "positive", ["toFloat"])
    sketch.node("Cast", "toInt", ["positive"], ["to": .int(7)])
    sketch.node("Gather", "embedded", [table, "toInt"])
    sketch.node("Reshape", "row", ["embedded", shape])
    let model = sketch.head("row", width: 32)
    func samples(_ first: Int64) -> [(tensor: Tensor, slice: String)] {
      (0..<24).map { place in
        let ids = (0..<4).map { first + Int64(place * 61 + $0 * 17) % 1999 }
        return (Tensor(ids, shape: [1, 4]), "all")
      }
    }
    return PlantedNetwork(
      name: "integers above 2048", node: "toFloat", kind: .largeIntegers, faulty: model, clean: model,
      samples: samples(4099), cleanSamples: samples(1))
  }

  /// One large term, then thousands of small ones: in 16 bits the sum stands still.
  private static var longSum: PlantedNetwork {
    func model(_ first: Float, _ width: Int) -> Model {
      var sketch = ModelSketch(input: [1, width])
      var weights = Array(repeating: Float(0.09), count: width * 8)
      for column in 0..<8 { weights[column] = first * (1 + Float(column) / 1000) }
      // Each class sees another part of the tail.
      for row in 1..<width { weights[row * 8 + row % 8] = 0.12 }
      let matrix = sketch.constant("w", weights, [width, 8])
      let level = sketch.constant("level", Array(repeating: -first, count: 8), [1, 8])
      let sum = sketch.node("MatMul", "sum", ["x", matrix])
      return sketch.head(sketch.node("Add", "centred", [sum, level]), width: 8, scale: 0.1)
    }
    return PlantedNetwork(
      name: "long sum", node: "sum", kind: .longSum, faulty: model(4096, 4096), clean: model(0.1, 64),
      samples: rows(4096) { 1 + 0.3 * $0 }, cleanSamples: rows(64), needsNarrowSums: true)
  }

  /// Means of a thousand values near 200: added in 16 bits their sums pass 65504, though the means are small.
  private static var sumRange: PlantedNetwork {
    func model(_ scale: Float) -> Model {
      var sketch = ModelSketch(input: [1, 16, 1024])
      let factor = sketch.constant("factor", [scale], [])
      sketch.node("Mul", "scaled", ["x", factor])
      let mean = sketch.node("ReduceMean", "mean", ["scaled"], ["axes": .ints([2]), "keepdims": .int(0)])
      return sketch.head(mean, width: 16)
    }
    let samples = rows(16 * 1024) { 1 + 0.3 * $0 }.map { sample in
      (tensor: sample.tensor.reshaped(to: [1, 16, 1024]), slice: sample.slice)
    }
    return PlantedNetwork(
      name: "range of a mean's sum", node: "mean", kind: .reductionRange, faulty: model(200), clean: model(1),
      samples: samples, needsNarrowSums: true)
  }

  /// The area of a mask of 80,000 pixels: as many ones pass 65504.
  private static var boundedSum: PlantedNetwork {
    func model(_ width: Int) -> Model {
      var sketch = ModelSketch(input: [1, width])
      let share = sketch.constant("share", [1 / Float(width)], [])
      sketch.node("Sigmoid", "mask", ["x"])
      let axes = sketch.ints("axes", [1])
      sketch.node("ReduceSum", "area", ["mask", axes], ["keepdims": .int(1)])
      return sketch.head(sketch.node("Mul", "filled", ["area", share]), width: 1)
    }
    return PlantedNetwork(
      name: "sum of a bounded mask", node: "area", kind: .reductionRange, faulty: model(80_000), clean: model(64),
      samples: rows(80_000, count: 6) { 4 + $0 }, cleanSamples: rows(64, count: 6) { 4 + $0 })
  }

  /// A convolution of which one channel is thousands of times larger than the others.
  private static var hotChannel: PlantedNetwork {
    func model(_ scale: Float) -> Model {
      var sketch = ModelSketch(input: [1, 8, 2, 2])
      var random = RandomNumbers(seed: 6)
      var first = random.floats(8 * 8), second = random.floats(8 * 8)
      for i in 0..<8 {
        first[3 * 8 + i] *= scale
        second[i * 8 + 3] /= scale
      }
      let a = sketch.constant("a", first, [8, 8, 1, 1]), b = sketch.constant("b", second, [8, 8, 1, 1])
      let shape = sketch.ints("flat", [1, 32])
      sketch.node("Conv", "hot", ["x", a])
      sketch.node("Conv", "after", ["hot", b])
      return sketch.head(sketch.node("Reshape", "row", ["after", shape]), width: 32, scale: 0.1)
    }
    let samples = rows(32) { 100 * $0 }.map { sample in
      (tensor: sample.tensor.reshaped(to: [1, 8, 2, 2]), slice: sample.slice)
    }
    return PlantedNetwork(
      name: "one hot channel", node: "hot", kind: .hotChannel, faulty: model(2000), clean: model(1), samples: samples)
  }

  /// Scores near 2000 that differ by less than their distance in binary16, for samples in the dark.
  private static var thinMargin: PlantedNetwork {
    func model(_ offset: Float) -> Model {
      var sketch = ModelSketch(input: [1, 10])
      var identity = Array(repeating: Float(0), count: 100)
      for i in 0..<10 { identity[i * 11] = 1 }
      let weights = sketch.constant("w", identity, [10, 10])
      let level = sketch.constant("level", Array(repeating: offset, count: 10), [10])
      var model = sketch.model
      model.graph.nodes.append(
        Node(name: "classify", opType: "Gemm", inputs: ["x", weights, level], outputs: ["y"]))
      model.graph.initializers = sketch.model.graph.initializers
      return model
    }
    var random = RandomNumbers(seed: 8)
    let samples = (0..<40).map { place -> (tensor: Tensor, slice: String) in
      let isDark = place.isMultiple(of: 2)
      var scores = random.floats(10).map { isDark ? 0.2 * $0 : $0 }
      let winner = place * 7 % 10
      scores[winner] = (scores.max() ?? 0) + (isDark ? 0.05 : 8)
      return (Tensor(scores, shape: [1, 10]), isDark ? "dark" : "bright")
    }
    return PlantedNetwork(
      name: "thin margins of one slice", node: "classify", kind: .thinMargin, faulty: model(2000), clean: model(0),
      samples: samples)
  }
}
