import CalibrationData
import Evaluation
import Foundation
import Reporting

/// The pictures of samples that a precision decides otherwise.
struct FlipGallery {
  /// No page carries larger pictures than this, in bytes each, and no more of them than this for each precision.
  private static let largestPicture = 200_000
  private static let most = 24

  /// The files of the samples, by rank.
  private let paths: [Int: String]

  /// - Parameter set: The set that was compared on.
  init(_ set: SampleSet) {
    var paths: [Int: String] = [:]
    for (place, sample) in set.samples.enumerated() {
      // Files that hold several samples are no pictures.
      guard place < set.contentPaths.count, set.contentPaths[place].hasSuffix(sample.identifier) else { continue }
      paths[sample.rank] = set.contentPaths[place]
    }
    self.paths = paths
  }

  /// Nil where no flipped sample is a picture that browsers show. Samples of slices that lose significantly more than
  /// the rest come first, then those of the greatest margin in FP32: the least excusable.
  func section(
    _ column: ComparedColumn, at place: Int, samples: [ComparedSample], task: any ComparisonTask
  ) -> GallerySection? {
    let damaged = Set(column.slices.filter { $0.finding.p < 0.05 }.flatMap(\.finding.group.members))
    func margin(_ index: Int) -> Float { samples[index].answers[0].decision?.margin ?? 0 }
    let order = column.flips.sorted { left, right in
      let a = damaged.contains(left) ? 0 : 1, b = damaged.contains(right) ? 0 : 1
      return (a, -margin(left), left) < (b, -margin(right), right)
    }
    var items: [GallerySection.Item] = []
    for index in order {
      if items.count == Self.most { break }
      let sample = samples[index]
      guard let picture = paths[sample.rank].flatMap(Self.picture) else { continue }
      items.append(item(sample, at: place, picture: picture, task: task, isDamaged: damaged.contains(index)))
    }
    guard !items.isEmpty else { return nil }
    return GallerySection(
      id: "gallery-\(column.name)", title: "Pictures that \(column.name) decides otherwise",
      note: "Slices that lose most stand first, then the decisions that FP32 was surest of.", items: items)
  }

  private func item(
    _ sample: ComparedSample, at place: Int, picture: GallerySection.Picture, task: any ComparisonTask,
    isDamaged: Bool
  ) -> GallerySection.Item {
    let before = sample.answers[0], after = sample.answers[place]
    var notes: [String] = []
    if let label = sample.labelWords { notes.append("label \(label)") }
    if let decision = before.decision { notes.append("margin \(NumberFormat.number(decision.margin))") }
    if let decision = after.decision { notes.append("now \(NumberFormat.number(decision.margin))") }
    notes += sample.slices.map { "\($0.column) \($0.value)" }
    let caption = "FP32 \(task.words(before)), now \(task.words(after, after: before))"
    return GallerySection.Item(
      name: sample.identifier, caption: caption, note: notes.joined(separator: ", "), picture: picture,
      isMarked: isDamaged || (task.isRight(before) && !task.isRight(after)))
  }

  private static func picture(_ path: String) -> GallerySection.Picture? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: largestPicture + 1), data.count <= largestPicture else { return nil }
    return GallerySection.Picture(Array(data))
  }
}
