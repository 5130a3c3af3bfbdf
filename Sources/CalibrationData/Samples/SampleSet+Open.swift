import Foundation

extension SampleSet {
  /// What a data set's own files cannot say.
  package struct Options: Sendable {
    /// The shape of one sample of a raw float32 file.
    package var rawShape: [Int]?
    /// An array of labels, `.npy` or IDX, for data sets that are arrays. For an IDX file named as MNIST's the labels'
    /// file is found without it.
    package var labels: String?
    /// What a manifest's column `label` holds.
    package var labelForm: LabelForm

    package init(rawShape: [Int]? = nil, labels: String? = nil, labelForm: LabelForm = .category) {
      self.rawShape = rawShape
      self.labels = labels
      self.labelForm = labelForm
    }
  }

  /// What labels are.
  package enum LabelForm: Sendable {
    /// The number of a class, from 0.
    case category
    /// Anything else, kept as it stands: a text, numbers, a file.
    case text
  }

  /// Opens the data set at `path` by what it is: a folder with class folders or with files, a manifest (`.csv`,
  /// `.tsv`), a list of paths (`.txt`, `.lst`), `.npy`, `.npz`, IDX (also packed by gzip), TensorRT's `.batch`, raw
  /// float32 with ``Options/rawShape``, or a single picture.
  ///
  /// - Throws: What is wrong with the data set as a whole. A sample's own file is only looked at when it is loaded.
  package static func open(_ path: String, options: Options = Options()) throws(DataError) -> SampleSet {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DataError(path, .missing)
    }
    if isFolder.boolValue { return try folder(path) }
    if options.rawShape != nil { return try raw(path, shape: options.rawShape ?? []) }
    switch path.pathExtension {
    case "csv", "tsv": return try manifest(path, labelForm: options.labelForm)
    case "txt", "lst": return try list(path)
    case "npy": return try array(path, labels: options.labels)
    case "npz": return try archive(path, labels: options.labels)
    case "batch": return try batch(path)
    case "jpg", "jpeg", "png":
      let sample = Sample(rank: 0, identifier: path, content: FileContent(path: path))
      return try SampleSet(location: path, samples: [sample], contentPaths: [path])
    default: return try idx(path, labels: options.labels)
    }
  }
}

extension String {
  /// What follows the last dot of the last part of a path, in lower case.
  var pathExtension: String {
    let name = self[(lastIndex(of: "/").map(index(after:)) ?? startIndex)...]
    guard let dot = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }

  /// The folder of a path: what stands before its last slash.
  var folderPath: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }

  /// `path` seen from this folder; an absolute path stays as it is.
  func appendingPath(_ path: String) -> String {
    path.hasPrefix("/") ? path : hasSuffix("/") ? self + path : self + "/" + path
  }
}
