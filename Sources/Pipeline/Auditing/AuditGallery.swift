import CalibrationData
import Foundation
import PrecisionAudit
import Reporting

/// The pictures of the worst samples.
enum AuditGallery {
  /// No page carries larger pictures than this, in bytes each.
  private static let largestPicture = 200_000

  /// Nil where no sample is a picture in a file of its own that browsers show.
  static func section(_ outcome: AuditOutcome, _ settings: AuditSettings) -> GallerySection? {
    let folder = (outcome.dataLocation as NSString).deletingLastPathComponent
    var items: [GallerySection.Item] = []
    for sample in outcome.worstSamples.prefix(settings.worstSampleCount)
    where sample.effect.isBroken || sample.effect.error.noise > 0 {
      let places = [
        (folder as NSString).appendingPathComponent(sample.identifier),
        (outcome.dataLocation as NSString).appendingPathComponent(sample.identifier), sample.identifier,
      ]
      guard let bytes = places.lazy.compactMap(picture).first else { continue }
      let effect = sample.effect
      let decision =
        sample.boxes.map { "\($0.words), " }
        ?? (effect.isFlip ? "\(effect.words), " : effect.decision.map { "class \($0), " } ?? "")
      items.append(
        GallerySection.Item(
          name: sample.identifier, caption: decision + AuditWords.decibels(effect.error.decibels),
          note: sample.slices.map { "\($0.column) \($0.value)" }.joined(separator: ", "), picture: bytes,
          isMarked: sample.changesDecision || effect.isBroken))
    }
    guard !items.isEmpty else { return nil }
    return GallerySection(
      id: "gallery", title: "The worst samples' pictures", note: "Those whose outputs change most; flips first.",
      items: items)
  }

  private static func picture(_ path: String) -> GallerySection.Picture? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let data = try? file.read(upToCount: largestPicture + 1), data.count <= largestPicture else { return nil }
    return GallerySection.Picture(Array(data))
  }
}
