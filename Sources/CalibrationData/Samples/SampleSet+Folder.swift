import Foundation

extension SampleSet {
  /// The samples of a folder: of class folders `CLASS/*.jpg`, whose names in order are the labels 0, 1, 2, …, or of
  /// files without labels. In order of names by their UTF-8 bytes. Hidden files and those that are no samples are
  /// passed over.
  static func folder(_ path: String) throws(DataError) -> SampleSet {
    let (files, folders) = try entries(of: path)
    var classes: [(name: String, files: [String])] = []
    for folder in folders { classes.append((folder, try entries(of: path.appendingPath(folder)).files)) }
    guard classes.contains(where: { !$0.files.isEmpty }) else {
      return try unlabelled(files, in: path)
    }
    guard files.isEmpty else {
      throw DataError(
        path,
        .malformed(
          format: "folder", expected: "either class folders or samples", found: "'\(files[0])' beside class folders"))
    }
    if let empty = classes.first(where: { $0.files.isEmpty }) {
      throw DataError(path.appendingPath(empty.name), .noSamples(expected: "samples of a class"))
    }
    var samples: [Sample] = [], paths: [String] = []
    for (label, entry) in classes.enumerated() {
      for file in entry.files {
        let identifier = entry.name + "/" + file
        paths.append(path.appendingPath(identifier))
        let content = FileContent(path: path.appendingPath(identifier))
        samples.append(Sample(rank: samples.count, identifier: identifier, label: label, content: content))
      }
    }
    return try SampleSet(location: path, samples: samples, classNames: classes.map(\.name), contentPaths: paths)
  }

  private static func unlabelled(_ files: [String], in path: String) throws(DataError) -> SampleSet {
    guard !files.isEmpty else {
      let endings = FileContent.extensions.sorted().joined(separator: ", ")
      throw DataError(path, .noSamples(expected: "files ending in \(endings)"))
    }
    let samples = files.indices.map {
      Sample(rank: $0, identifier: files[$0], content: FileContent(path: path.appendingPath(files[$0])))
    }
    return try SampleSet(
      location: path, samples: samples, contentPaths: files.map { path.appendingPath($0) })
  }

  /// The samples and the folders that lie in `path`, sorted.
  private static func entries(of path: String) throws(DataError) -> (files: [String], folders: [String]) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw DataError(path, .unreadable(EACCES))
    }
    var files: [String] = [], folders: [String] = []
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".") {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: path.appendingPath(name), isDirectory: &isFolder) else {
        continue
      }
      if isFolder.boolValue {
        folders.append(name)
      } else if FileContent.extensions.contains(name.pathExtension) {
        files.append(name)
      }
    }
    return (files, folders)
  }
}
