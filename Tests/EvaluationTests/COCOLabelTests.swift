import Evaluation
import Testing

@Suite struct COCOLabelTests {
  private func labels(_ annotations: String) throws -> COCOLabels {
    let text = """
      {"info": {}, "images": [{"id": 7, "file_name": "a.jpg", "width": 200, "height": 100},
        {"id": 9, "file_name": "b.jpg", "width": 10, "height": 10}],
       "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person", "supercategory": "x"}],
       "annotations": [\(annotations)]}
      """
    return try COCOLabels(json: Array(text.utf8), place: "labels.json")
  }

  @Test func `boxes are shares of the picture, classes counted without gaps`() throws {
    let labels = try labels(
      """
      {"image_id": 7, "category_id": 18, "bbox": [50, 25, 100, 50], "segmentation": [[1, 2]], "iscrowd": 0},
      {"image_id": 7, "category_id": 1, "bbox": [0, 0, 200, 100], "iscrowd": 1}
      """)
    #expect(labels.categoryNames == ["person", "dog"])
    let dog = LabelledBox(box: Box(left: 0.25, top: 0.25, right: 0.75, bottom: 0.75), category: 1)
    let crowd = LabelledBox(box: Box(left: 0, top: 0, right: 1, bottom: 1), category: 0, isCrowd: true)
    #expect(labels.boxes["a.jpg"] == [dog, crowd])
    #expect(labels.boxes["b.jpg"] == [])
  }

  @Test func `they say the same as YOLO's texts`() throws {
    let labels = try labels(#"{"image_id": 9, "category_id": 18, "bbox": [1, 2, 4, 6]}"#)
    let yolo = try YOLOLabels.read("1 0.3 0.5 0.4 0.6\n", place: "b.txt")
    let one = try #require(labels.boxes["b.jpg"]?.first)
    #expect(one.category == yolo[0].category && one.box.overlap(yolo[0].box) > 0.999_99)
  }

  @Test(arguments: [
    #"{"image_id": 8, "category_id": 18, "bbox": [1, 2, 4, 6]}"#,
    #"{"image_id": 9, "category_id": 2, "bbox": [1, 2, 4, 6]}"#,
    #"{"image_id": 9, "category_id": 18, "bbox": [1, 2, 4]}"#, #"{"image_id": 9, "category_id": 18}"#,
    #"{"image_id": "nine", "category_id": 18, "bbox": [1, 2, 4, 6]}"#,
  ]) func `what makes no sense is refused`(annotation: String) {
    #expect(throws: LabelFault.self) { try labels(annotation) }
  }

  @Test func `other files are refused`() {
    for text in ["", "[]", "{}", #"{"images": [], "annotations": []}"#] {
      #expect(throws: LabelFault.self) { try COCOLabels(json: Array(text.utf8), place: "x") }
    }
  }

  @Test func `detections within a crowd count neither way`() {
    let whole = Box(left: 0, top: 0, right: 1, bottom: 1)
    let object = Box(left: 0, top: 0, right: 0.2, bottom: 0.2)
    let labels = [
      [LabelledBox(box: object, category: 0), LabelledBox(box: whole, category: 0, isCrowd: true)]
    ]
    let inside = Detection(box: Box(left: 0.5, top: 0.5, right: 0.7, bottom: 0.7), category: 0, score: 0.9)
    let right = Detection(box: object, category: 0, score: 0.5)
    // Without the crowd the better score would be a wrong detection before the right one.
    #expect(AveragePrecision(detections: [[inside, right]], labels: labels).mean() == 1)
    #expect(AveragePrecision(detections: [[inside, right]], labels: [[labels[0][0]]]).mean() == 0.5)
    // A crowd that nobody finds is no miss, and a class of nothing but crowds is none.
    #expect(AveragePrecision(detections: [[]], labels: [[labels[0][1]]]).mean().isNaN)
  }
}
