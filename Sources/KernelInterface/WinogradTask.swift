/// Tiles of one image, channels last, on their way into or out of Winograd's transform: one behind the other along the
/// image's rows, each the 2×2 results under a 4×4 window. Every extent and step counts floats.
@safe
package struct WinogradTask {
  /// The image's side: the top left pixel of the first tile's window on the way in, its first result on the way out.
  package var image: UnsafeMutablePointer<Float>
  package var rowStep: Int
  /// At least ``KernelTable/lanes``.
  package var channels: Int
  /// The rows and columns of results that the tiles cover. Where one is odd, its last tiles hold results that nobody asked
  /// for.
  package var resultRows: Int
  package var resultColumns: Int
  /// The transform's side: 16 planes, each `[tiles, channels]`.
  package var planes: UnsafeMutablePointer<Float>
  /// From one plane to the next.
  package var planeStep: Int

  package init(
    image: UnsafeMutablePointer<Float>, rowStep: Int, channels: Int, resultRows: Int, resultColumns: Int,
    planes: UnsafeMutablePointer<Float>, planeStep: Int
  ) {
    unsafe self.image = image
    self.rowStep = rowStep
    self.channels = channels
    self.resultRows = resultRows
    self.resultColumns = resultColumns
    unsafe self.planes = planes
    self.planeStep = planeStep
  }

  package var tileRows: Int { (resultRows + 1) / 2 }
  package var tileColumns: Int { (resultColumns + 1) / 2 }
  package var tiles: Int { tileRows * tileColumns }

  /// How many planes there are.
  package static let planeCount = 16
}
