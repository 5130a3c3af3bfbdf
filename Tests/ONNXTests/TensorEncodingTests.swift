import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct TensorEncodingTests {
  /// The values in a typed list, and the same values as raw bytes.
  struct Encoding: CustomTestStringConvertible {
    let type: OnnxTensorProto.DataType
    let fill: @Sendable (inout OnnxTensorProto) -> Void
    let raw: [UInt8]
    let check: @Sendable (Tensor) -> Bool
    var testDescription: String { "\(type)" }

    init<Element: TensorElement & Equatable>(
      _ type: OnnxTensorProto.DataType, _ values: [Element], raw: [UInt8],
      _ fill: @escaping @Sendable (inout OnnxTensorProto) -> Void
    ) {
      self.type = type
      self.fill = fill
      self.raw = raw
      check = { $0.elementType == Element.elementType && $0.array(of: Element.self) == values }
    }
  }

  static let encodings = [
    Encoding(.float, [Float(1.5), -0.0], raw: [0, 0, 0xc0, 0x3f, 0, 0, 0, 0x80]) { $0.floatData = [1.5, -0.0] },
    Encoding(.double, [1.5, -2.0], raw: [0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0]) {
      $0.doubleData = [1.5, -2]
    },
    Encoding(.float16, [Float16(1.5), -2], raw: [0, 0x3e, 0, 0xc0]) { $0.int32Data = [0x3e00, 0xc000] },
    Encoding(.bfloat16, [BFloat16(Float(1.5)), BFloat16(Float(-2))], raw: [0xc0, 0x3f, 0, 0xc0]) {
      $0.int32Data = [0x3fc0, 0xc000]
    },
    Encoding(.int8, [Int8(-128), 127], raw: [0x80, 0x7f]) { $0.int32Data = [-128, 127] },
    Encoding(.uint8, [UInt8(0), 255], raw: [0, 0xff]) { $0.int32Data = [0, 255] },
    Encoding(.int16, [Int16.min, 258], raw: [0, 0x80, 2, 1]) { $0.int32Data = [-32768, 258] },
    Encoding(.uint16, [UInt16.max, 258], raw: [0xff, 0xff, 2, 1]) { $0.int32Data = [65535, 258] },
    Encoding(.int32, [Int32.min, 1], raw: [0, 0, 0, 0x80, 1, 0, 0, 0]) { $0.int32Data = [Int32.min, 1] },
    Encoding(.uint32, [UInt32.max, 1], raw: [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]) {
      $0.uint64Data = [UInt64(UInt32.max), 1]
    },
    Encoding(.int64, [Int64.min, 1], raw: [0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0]) {
      $0.int64Data = [Int64.min, 1]
    },
    Encoding(.uint64, [UInt64.max, 1], raw: [UInt8](repeating: 0xff, count: 8) + [1, 0, 0, 0, 0, 0, 0, 0]) {
      $0.uint64Data = [.max, 1]
    },
    // Any byte but 0 means true.
    Encoding(.bool, [false, true], raw: [0, 0xfe]) { $0.int32Data = [0, 7] },
  ]

  @Test(arguments: encodings) func `a typed list and raw bytes give the same values`(encoding: Encoding) throws {
    let typed = try #require(try readConstant(Build.tensor("w", encoding.type, dims: [2], encoding.fill)))
    let raw = try #require(
      try readConstant(Build.tensor("w", encoding.type, dims: [2]) { $0.rawData = Data(encoding.raw) }))
    #expect(encoding.check(typed))
    #expect(encoding.check(raw))
    #expect(typed.shape == [2])
  }

  @Test(arguments: encodings) func `too few, too many and no values are refused`(encoding: Encoding) throws {
    for dims in [[1], [3], [], [2, 2]] as [[Int64]] {
      #expect(fault { _ = try readConstant(Build.tensor("w", encoding.type, dims: dims, encoding.fill)) } != nil)
      let raw = Build.tensor("w", encoding.type, dims: dims) { $0.rawData = Data(encoding.raw) }
      #expect(fault { _ = try readConstant(raw) } != nil)
      #expect(fault { _ = try readConstant(Build.tensor("w", encoding.type, dims: dims)) } != nil)
    }
  }

  @Test func `a scalar has one value and an empty tensor none`() throws {
    #expect(try readConstant(Build.floats("w", [3], dims: []))?.array(of: Float.self) == [3])
    #expect(try readConstant(Build.floats("w", [], dims: [0, 3]))?.shape == [0, 3])
  }

  @Test(arguments: [
    (OnnxTensorProto.DataType.int8, Int32(128)), (.uint8, -1), (.int16, 32768), (.uint16, 65536), (.float16, -1),
    (.bfloat16, 65536),
  ])
  func `a value that its type cannot hold is refused`(type: OnnxTensorProto.DataType, value: Int32) {
    guard
      case .tensor(.initializer("w"), .outOfRange(let found, _)) = fault({
        _ = try readConstant(Build.tensor("w", type, dims: [1]) { $0.int32Data = [value] })
      })
    else {
      Issue.record("expected .outOfRange")
      return
    }
    #expect(found == "\(value)")
  }

  @Test(arguments: [
    (OnnxTensorProto.DataType.string, "strings"), (.float8E4M3Fn, "float8e4m3fn"), (.int4, "int4"),
    (.uint4, "uint4"), (.complex64, "complex numbers"), (.undefined, "elements without a type"),
  ])
  func `a constant without plain numbers is named with its type`(type: OnnxTensorProto.DataType, name: String) {
    let found = fault { _ = try readConstant(Build.tensor("w", type, dims: [1]) { $0.stringData = [Data([65])] }) }
    #expect(found == .tensor(.initializer("w"), .type(name)))
  }

  @Test func `a type number of the future is named`() {
    let found = fault { _ = try readConstant(Build.tensor("w", .float, dims: [1]) { $0.dataType = 99 }) }
    #expect(found == .tensor(.initializer("w"), .type("elements of the unknown type 99")))
  }

  @Test(arguments: [[-1], [1 << 62, 4], [0, 1 << 62, 4], [1 << 62, 4, 0], [1 << 62], [Int64.max, Int64.max]])
  func `a shape that no memory holds is refused`(dims: [Int64]) {
    let found = fault { _ = try readConstant(Build.tensor("w", .float, dims: dims)) }
    #expect(found == .tensor(.initializer("w"), .shape(dims.map(Int.init))))
  }

  @Test func `two lists of values and segments are refused`() {
    let twice = Build.tensor("w", .float, dims: [1]) {
      $0.floatData = [1]
      $0.rawData = Data([0, 0, 0, 0])
    }
    #expect(fault { _ = try readConstant(twice) } == .tensor(.initializer("w"), .twoPayloads))
    let part = Build.tensor("w", .float, dims: [1]) { $0.segment.begin = 0 }
    #expect(fault { _ = try readConstant(part) } == .tensor(.initializer("w"), .segment))
  }

  @Test func `a file of one tensor is read, and a network is not taken for one`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try Build.floats("t", [1, 2], dims: [2]).onnxBytes(), to: "input_0.pb")
    let (name, tensor) = try ONNXReader.readTensor(at: path)
    #expect(name == "t")
    #expect(tensor.array(of: Float.self) == [1, 2])
    let error = #expect(throws: ONNXError.self) { try ONNXReader.readTensor(at: "nowhere.pb") }
    #expect(error?.description == "nowhere.pb: expected an ONNX tensor, found no such file; check the path")
  }
}
