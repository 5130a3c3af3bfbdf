import Evaluation
import Testing

@Suite struct DetectionTests {
  private func box(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) -> Box {
    Box(left: left, top: top, right: right, bottom: bottom)
  }

  @Test func `overlap is intersection over union`() {
    #expect(box(0, 0, 2, 2).overlap(box(1, 1, 3, 3)) == 1.0 / 7)
    #expect(box(0, 0, 1, 1).overlap(box(2, 2, 3, 3)) == 0)
    #expect(box(0, 0, 1, 1).overlap(box(0, 0, 1, 1)) == 1)
    #expect(box(0, 0, 0, 0).overlap(box(0, 0, 0, 0)) == 0)
    #expect(box(.nan, 0, 1, 1).overlap(box(0, 0, 1, 1)) == 0)
  }

  @Test func `suppression keeps the best of those that overlap, class by class`() {
    let all = [
      Detection(box: box(0, 0, 1, 1), category: 1, score: 0.5),
      Detection(box: box(0, 0, 1, 1), category: 1, score: 0.9),
      Detection(box: box(0, 0, 1, 1), category: 2, score: 0.4),
      Detection(box: box(5, 5, 6, 6), category: 1, score: 0.3),
      Detection(box: box(0, 0, 1, 1), category: 3, score: 0.01),
    ]
    #expect(NonMaximumSuppression().apply(all).map(\.score) == [0.9, 0.4, 0.3])
    var one = NonMaximumSuppression()
    one.most = 1
    #expect(one.apply(all).map(\.score) == [0.9])
  }

  @Test func `perfect detections have an average precision of 1, and a miss costs its recalls`() {
    let labels = [[LabelledBox(box: box(0, 0, 1, 1), category: 0), LabelledBox(box: box(2, 2, 3, 3), category: 0)]]
    let both = labels.map { $0.map { Detection(box: $0.box, category: 0, score: 0.9) } }
    #expect(AveragePrecision(detections: both, labels: labels).mean() == 1)
    let half = AveragePrecision(detections: [[both[0][0]]], labels: labels)
    // Recalls 0 to 0.50 in steps of 0.01 are reached: 51 of 101.
    #expect(abs(half.mean() - 51.0 / 101) < 1e-12)
    #expect(AveragePrecision(detections: [[]], labels: labels).mean() == 0)
    #expect(AveragePrecision(detections: [[]], labels: [[]]).mean().isNaN)
  }

  @Test func `a wrong detection before a right one halves the precision, one of another class does not count`() {
    let labels = [[LabelledBox(box: box(0, 0, 1, 1), category: 0)]]
    let wrongFirst = [
      [
        Detection(box: box(5, 5, 6, 6), category: 0, score: 0.9),
        Detection(box: box(0, 0, 1, 1), category: 0, score: 0.5),
        Detection(box: box(0, 0, 1, 1), category: 7, score: 0.99),
      ]
    ]
    #expect(AveragePrecision(detections: wrongFirst, labels: labels).mean() == 0.5)
  }

  @Test func `overlap decides at which thresholds a detection is right`() {
    let labels = [[LabelledBox(box: box(0, 0, 10, 10), category: 0)]]
    // Overlap 0.8: right at 0.50 to 0.80, wrong at 0.85 to 0.95.
    let found = [[Detection(box: box(0, 0, 10, 8.01), category: 0, score: 0.9)]]
    let precision = AveragePrecision(detections: found, labels: labels)
    #expect(precision.mean(first: 1) == 1)
    #expect(abs(precision.mean() - 0.7) < 1e-12)
  }

  @Test func `a cell answers the first of its best classes, and no number beats NaN`() throws {
    // Five cells of three classes: a tie, NaN first, NaN later, the last class, all equal.
    let scores: [[Float]] = [[0.2, .nan, 0.3, 0.1, 0.5], [0.9, 0.9, .nan, 0.2, 0.5], [0.9, 0.1, 0.7, 0.3, 0.5]]
    let ones = [Float](repeating: 1, count: 5), zeros = [Float](repeating: 0, count: 20)
    let output = DetectionDecoder.Output(extents: [1, 8, 1, 5], values: ones + zeros + scores.joined())
    let found = try DetectionDecoder.cells(objectnessPower: 0.5).decode([output], leastScore: 0)
    #expect(found.map(\.category) == [1, 2, 2, 0])
    let single = DetectionDecoder.Output(extents: [6, 1, 1], values: [1, 0, 0, 0, 0, 0.5])
    #expect(try DetectionDecoder.cells(objectnessPower: 0.5).decode([single], leastScore: 0).map(\.category) == [0])
  }

  @Test func `pictures drawn twice count twice`() {
    let labels = [
      [LabelledBox(box: box(0, 0, 1, 1), category: 0)], [LabelledBox(box: box(0, 0, 1, 1), category: 0)],
    ]
    let found = [[Detection(box: box(0, 0, 1, 1), category: 0, score: 0.9)], []]
    let precision = AveragePrecision(detections: found, labels: labels)
    let drawn: [[Int32]] = [[2, 0], [0, 2], [1, 1]]
    let means = drawn.map { precision.mean(drawn: $0.span) }
    #expect(means[0] == 1 && means[1] == 0)
    #expect(means[2] == precision.mean())
  }

  @Test func `YOLO's labels are read, and a wrong line is named`() throws {
    let boxes = try YOLOLabels.read("3 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.1 0.1\n", place: "a.txt")
    #expect(boxes.map(\.category) == [3, 0])
    #expect(abs(boxes[0].box.left - 0.4) < 1e-6 && abs(boxes[0].box.bottom - 0.7) < 1e-6)
    for text in ["3 0.5 0.5 0.2", "x 0 0 0 0", "1 a 0 0 0", "-1 0 0 0 0", "1 nan 0 0 0"] {
      #expect(throws: LabelFault.self) { try YOLOLabels.read("0 0 0 1 1\n" + text, place: "a.txt") }
    }
  }

  @Test func `decoders refuse outputs of another form`() {
    let wrong = [DetectionDecoder.Output(extents: [1, 4], values: [0, 0, 0, 0])]
    for decoder in [
      DetectionDecoder.cells(objectnessPower: 0.5), .distributions(bins: 4), .boxesAndScores(.init(form: .corners)),
    ] {
      #expect(throws: DetectionDecoder.Mismatch.self) { try decoder.decode(wrong, leastScore: 0) }
    }
  }

  @Test func `boxes and scores become detections, the background none`() throws {
    let outputs = [
      DetectionDecoder.Output(extents: [1, 2, 2], values: [0.9, 0.1, 0.2, 0.8]),
      DetectionDecoder.Output(extents: [1, 2, 4], values: [0, 0, 10, 10, 5, 5, 10, 10]),
    ]
    let decoder = DetectionDecoder.boxesAndScores(.init(form: .corners, width: 10, height: 10, background: 0))
    let found = try decoder.decode(outputs, leastScore: 0.5)
    #expect(found == [Detection(box: box(0.5, 0.5, 1, 1), category: 1, score: 0.8)])
  }

  @Test func `distributions are read as the expected distance from the cell's centre`() throws {
    // One cell, two bins a side, one class: equal logits mean half a cell to each side.
    let values: [Float] = [0, 0, 0, 0, 0, 0, 0, 0, 2]
    let decoder = DetectionDecoder.distributions(bins: 2)
    let found = try decoder.decode([.init(extents: [1, 9, 1, 1], values: values)], leastScore: 0.5)
    #expect(found.count == 1 && found[0].box == box(0, 0, 1, 1) && found[0].category == 0)
  }
}
