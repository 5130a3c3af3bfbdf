import CalibrationCache
import Testing

@Suite struct OtherFormatTests {
  private func read(_ text: String, _ format: any CacheFormat.Type) throws -> CacheDocument {
    let (document, found) = try CacheFormats.read(Array(text.utf8), place: "test")
    #expect(found.name == format.name)
    return document
  }

  private func text(_ document: CacheDocument, _ format: any CacheFormat.Type) throws -> String {
    String(decoding: try format.write(document), as: UTF8.self)
  }

  @Test func `an ncnn table comes back as it was`() throws {
    let table = """
      conv1_param_0 156.639847 0.123456 31.000000\u{20}
      fc_param_0 1000000.000000\u{20}
      conv1 49.466518\u{20}
      fc 127.000000\u{20}

      """
    let document = try read(table, NCNNTable.self)
    #expect(document.entries.map(\.role) == [.weight, .weight, .activation, .activation])
    #expect(document.entries[0].encoding?.channels.count == 3)
    #expect(document.entries[3].scale == 1.0 / 127)
    #expect(try text(document, NCNNTable.self) == table)
    let other = try read("#conv0 1.5 \nconv1 0.1234567 \n", NCNNTable.self)
    #expect(
      other.irregularities.map(\.description) == ["line 1: a line in '#': '#conv0 1.5 ' keeps its layer in float"])
    #expect(try text(other, NCNNTable.self) == "conv1 0.1234567 \n")
  }

  @Test(arguments: ["a b", "#a", "a_param_0", "", String(repeating: "a", count: 256), "a\tb"])
  func `names that ncnn would take for something else are refused`(name: String) {
    let document = CacheDocument(entries: [CacheEntry(name: name, scale: 1)])
    #expect(throws: CacheError.unwritableName(name, format: "ncnn")) { try NCNNTable.write(document) }
  }

  @Test func `dynamic ranges end at the last colon`() throws {
    let ranges = "data:5.43116\nresnet/Conv2D:0:0.000012\nx:170141180000000000000000000000000000000.0\n"
    let document = try read(ranges, TensorRTRanges.self)
    #expect(document.entries.map(\.name) == ["data", "resnet/Conv2D:0", "x"])
    #expect(document.entries[0].scale == Float(5.43116) / 127)
    #expect(try text(document, TensorRTRanges.self) == ranges)
  }

  @Test func `AIMET 0_6_1 comes back as it was`() throws {
    let encodings = """
      {
          "activation_encodings": {
              "20": [
                  {
                      "bitwidth": 8,
                      "dtype": "int",
                      "is_symmetric": "False",
                      "max": 2.6087,
                      "min": -2.1092,
                      "offset": -114,
                      "scale": 0.018501
                  }
              ]
          },
          "param_encodings": {
              "conv1.weight": [
                  {
                      "bitwidth": 8,
                      "dtype": "int",
                      "is_symmetric": "True",
                      "max": 1.27,
                      "min": -1.28,
                      "offset": -128,
                      "scale": 0.01
                  },
                  {
                      "bitwidth": 8,
                      "dtype": "int",
                      "is_symmetric": "True",
                      "max": 2.54,
                      "min": -2.56,
                      "offset": -128,
                      "scale": 0.02
                  }
              ]
          },
          "quantizer_args": {
              "activation_bitwidth": 8
          },
          "version": "0.6.1"
      }
      """
    let document = try read(encodings, AIMETEncodings061.self)
    #expect(document.entries.map(\.name) == ["20", "conv1.weight"])
    #expect(document.entries[0].encoding?.channels[0].zeroPoint == 114)
    #expect(
      document.entries[0].scale == Float(2.6085 / 127) || document.entries[0].scale == Float(141 * 0.018501 / 127))
    #expect(document.entries[1].encoding?.channels.map(\.zeroPoint) == [0, 0])
    #expect(document.entries[1].scale == 0.02)
    #expect(try text(document, AIMETEncodings061.self) == encodings)

    // To the later versions and back: nothing but the bounds and the axis is told in other words.
    let version1 = try read(try text(document, AIMETEncodings100.self), AIMETEncodings100.self)
    #expect(version1.entries.map(\.scaleBits) == document.entries.map(\.scaleBits))
    #expect(version1.entries[1].encoding?.isPerChannel == true)
    let version2 = try read(try text(document, AIMETEncodings200.self), AIMETEncodings200.self)
    #expect(version2.entries.map(\.scaleBits) == document.entries.map(\.scaleBits))
    #expect(version2.entries[1].role == .weight)
    #expect(
      try text(version2, AIMETEncodings200.self) == """
        {
            "version": "2.0.0",
            "quantizer_args": {
                "activation_bitwidth": 8
            },
            "encodings": [
                {
                    "name": "20",
                    "y_scale": 0.018501,
                    "y_zero_point": 114,
                    "output_dtype": "uint8"
                },
                {
                    "name": "conv1.weight",
                    "y_scale": [
                        0.01,
                        0.02
                    ],
                    "axis": 0,
                    "output_dtype": "int8"
                }
            ]
        }
        """)
  }

  @Test func `encodings without a scale of tensor or channel are listed`() throws {
    let version2 = """
      {"version": "2.1.0", "encodings": [
       {"name": "b", "y_scale": [[0.1, 0.2]], "axis": 1, "block_size": 32, "output_dtype": "int4"},
       {"name": "f", "y_scale": 0.1, "output_dtype": "float8e4m3fn"},
       {"name": "m", "y_scale": {"x": [3], "x_scale": 0.1}, "output_dtype": "int4"},
       {"name": "h", "y_scale": 0.1, "y_zero_point": -0.5, "output_dtype": "int2"},
       {"name": "ok", "y_scale": 0.25, "output_dtype": "int16"}]}
      """
    let document = try read(version2, AIMETEncodings200.self)
    #expect(document.entries.map(\.name) == ["ok"])
    #expect(document.entries[0].scale == 0.25 * 32767 / 127)
    #expect(document.irregularities.map(\.line) == [2, 3, 4, 5])
    #expect(try text(document, AIMETEncodings200.self).contains("\"version\": \"2.1.0\""))
    let version1 = """
      {"version": "1.0.0", "activation_encodings": [{"name": "h", "bw": 16, "dtype": "FLOAT", "enc_type": "PER_TENSOR"}],
       "param_encodings": [{"name": "w", "bw": 4, "dtype": "INT", "enc_type": "LPBQ", "is_sym": true}]}
      """
    #expect(
      try read(version1, AIMETEncodings100.self).irregularities.map(\.description) == [
        "line 1: tensor 'h': an encoding PER_TENSOR of type FLOAT has no single scale",
        "line 2: tensor 'w': an encoding LPBQ of type INT has no single scale",
      ])
  }

  @Test func `PPQ's ranges come back as they were`() throws {
    let ranges = "{\n    \"act_quant_info\": {\n        \"x\": 2.640000104904175,\n        \"y\": 1e-05\n    }\n}"
    let document = try read(ranges, PPQRanges.self)
    #expect(document.entries.map(\.name) == ["x", "y"])
    #expect(try text(document, PPQRanges.self) == ranges)
  }

  @Test func `our own record is read, with ranges`() throws {
    let record = """
      {"format": "qtool-calibration-record/1", "cache": {"header": "TRT-8601-MinMaxCalibration"}, "tensors": [
       {"name": "x", "scale_bits": "3c010204", "threshold": 1, "statistics": {"min": -0.5, "max": 3}},
       {"name": "dead", "scale_bits": "3c010204", "dead": "all values are 0", "statistics": {"min": 0, "max": 0}},
       {"name": "out", "excluded": true, "statistics": {}}]}
      """
    let document = try read(record, CalibrationRecordFormat.self)
    #expect(document.header?.text == "TRT-8601-MinMaxCalibration")
    #expect(document.entries.map(\.name) == ["x", "dead"])
    #expect(document.entries[0].range == CacheRange(lower: -0.5, upper: 1))
    #expect(throws: CacheError.readOnly(format: "record")) { try CalibrationRecordFormat.write(document) }
    let later = record.replacing("record/1", with: "record/2")
    let error = #expect(throws: CacheError.self) { try read(later, CalibrationRecordFormat.self) }
    #expect(error?.description.contains("field 'format': expected 'qtool-calibration-record/1'") == true)
  }

  @Test func `asymmetric ranges become unsigned encodings that hold 0`() throws {
    let document = CacheDocument(
      entries: [(-1, 1), (0, 2.55), (-0.5, 0.5 + 1e-6), (1, 5.1), (0, 0), (-.infinity, 1)].enumerated().map {
        CacheEntry(name: "\($0.offset)", range: CacheRange(lower: $0.element.0, upper: $0.element.1))
      })
    let encodings = document.entries.map(\.writtenEncoding)
    #expect(encodings.map(\.isSigned) == [true, false, false, false, true, true])
    #expect(encodings.map { $0.channels[0].zeroPoint } == [0, 0, 127, 0, 0, 0])
    #expect((encodings[1].channels[0].scale - 0.01).magnitude < 1e-15)
  }
}
