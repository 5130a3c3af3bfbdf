import Foundation

/// Labels as COCO keeps them: one JSON file for a whole set.
package struct COCOLabels: Sendable {
  /// The boxes of each picture by the name of its file, as shares of its width and height; empty for a picture without
  /// objects.
  package let boxes: [String: [LabelledBox]]
  /// The names of the classes in the order of their numbers.
  package let categoryNames: [String]

  private struct File: Decodable {
    struct Picture: Decodable {
      var id: Int
      var file_name: String
      var width: Double
      var height: Double
    }

    struct Annotation: Decodable {
      var image_id: Int
      var category_id: Int
      var bbox: [Double]
      var iscrowd: Int?
    }

    struct Category: Decodable {
      var id: Int
      var name: String
    }

    var images: [Picture]
    var annotations: [Annotation]
    var categories: [Category]
  }

  /// Reads a file as COCO's `instances_val2017.json`: `images`, `annotations` with `bbox` as left, top, width, height in
  /// pixels, and `categories`. Other members are passed over.
  ///
  /// COCO's category numbers have gaps; classes are counted from 0 in the order of these numbers, as networks' outputs
  /// are. Boxes with `iscrowd` 1 stand for a crowd; see ``LabelledBox/isCrowd``.
  ///
  /// - Parameter place: How messages call the file.
  package init(json bytes: [UInt8], place: String) throws(LabelFault) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch {
      throw LabelFault(
        place: place, expected: "COCO's JSON with 'images', 'annotations' and 'categories'", found: Self.words(error))
    }
    let categories = file.categories.sorted { $0.id < $1.id }
    let numbers = Dictionary(zip(categories.map(\.id), 0...)) { first, _ in first }
    let pictures = Dictionary(file.images.map { ($0.id, $0) }) { first, _ in first }
    guard numbers.count == categories.count, pictures.count == file.images.count else {
      throw LabelFault(place: place, expected: "each id once", found: "one twice among images or categories")
    }
    var boxes = Dictionary(file.images.map { ($0.file_name, [LabelledBox]()) }) { first, _ in first }
    for (index, entry) in file.annotations.enumerated() {
      let where_ = "\(place), annotation \(index)"
      guard let picture = pictures[entry.image_id], picture.width > 0, picture.height > 0 else {
        throw LabelFault(
          place: where_, expected: "the id of one of the images, which has a size", found: "\(entry.image_id)")
      }
      guard let category = numbers[entry.category_id] else {
        throw LabelFault(place: where_, expected: "the id of one of the categories", found: "\(entry.category_id)")
      }
      guard entry.bbox.count == 4, entry.bbox.allSatisfy(\.isFinite) else {
        throw LabelFault(place: where_, expected: "a bbox of four numbers", found: "\(entry.bbox.count)")
      }
      let (left, top) = (entry.bbox[0], entry.bbox[1])
      let box = Box(
        left: Float(left / picture.width), top: Float(top / picture.height),
        right: Float((left + entry.bbox[2]) / picture.width), bottom: Float((top + entry.bbox[3]) / picture.height))
      boxes[picture.file_name, default: []].append(
        LabelledBox(box: box, category: category, isCrowd: entry.iscrowd == 1))
    }
    self.boxes = boxes
    categoryNames = categories.map(\.name)
  }

  private static func words(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      let place = path(context)
      return "no '\(key.stringValue)'" + (place.isEmpty ? "" : " in '\(place)'")
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return "another kind of value at '\(path(context))'"
    default: return "something else"
    }
  }
}
