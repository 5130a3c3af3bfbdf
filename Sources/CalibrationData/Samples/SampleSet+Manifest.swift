extension SampleSet {
  /// The samples of a manifest: columns `file` and, if there, `label`; every other column is a slice. Paths count from
  /// the manifest's folder.
  static func manifest(_ path: String, labelForm: LabelForm) throws(DataError) -> SampleSet {
    let text = ByteBuffer()
    try RandomAccessFile(path: path).readAll(into: text)
    var reader = CSVReader(unsafe Array(text.bytes), separator: path.pathExtension == "tsv" ? "\t" : ",", place: path)
    guard let header = try reader.next() else { throw DataError(path, .empty) }
    let columns = header.fields
    guard let fileColumn = columns.firstIndex(of: "file") else {
      let found = columns.map { "'\($0)'" }.joined(separator: ", ")
      throw DataError(path, .line(header.line, expected: "a header with a column 'file'", found: found))
    }
    for (index, column) in columns.enumerated() where columns[..<index].contains(column) {
      throw DataError(path, .line(header.line, expected: "each column once", found: "'\(column)' twice"))
    }
    let labelColumn = columns.firstIndex(of: "label")
    let folder = path.folderPath
    var samples: [Sample] = [], paths: [String] = []
    while let record = try reader.next() {
      guard record.fields.count == columns.count else {
        throw DataError(
          path, .line(record.line, expected: "\(columns.count) fields", found: "\(record.fields.count)"))
      }
      let file = record.fields[fileColumn]
      guard !file.isEmpty else { throw DataError(path, .line(record.line, expected: "a file", found: "nothing")) }
      let slices = columns.indices.filter { $0 != fileColumn && $0 != labelColumn }.map {
        Sample.Slice(column: columns[$0], value: record.fields[$0])
      }
      let content = FileContent(path: folder.appendingPath(file))
      let text = labelColumn.map { record.fields[$0] }
      let label = try (labelForm == .category ? text : nil).flatMap { text throws(DataError) in
        try self.label(text, path, record.line)
      }
      samples.append(
        Sample(
          rank: samples.count, identifier: file, label: label, labelText: labelForm == .text ? text : nil,
          slices: slices, content: content))
      paths.append(content.path)
    }
    return try SampleSet(
      location: path, samples: samples, sliceColumns: columns.filter { $0 != "file" && $0 != "label" },
      contentPaths: paths)
  }

  private static func label(_ text: String, _ path: String, _ line: Int) throws(DataError) -> Int? {
    if text.isEmpty { return nil }
    guard let label = Int(text), label >= 0 else {
      throw DataError(path, .line(line, expected: "a label that is a whole number from 0", found: "'\(text)'"))
    }
    return label
  }

  /// The samples of a text with one path a line, counted from the text's folder. No labels.
  static func list(_ path: String) throws(DataError) -> SampleSet {
    let text = ByteBuffer()
    try RandomAccessFile(path: path).readAll(into: text)
    guard let lines = unsafe String(validating: text.bytes, as: UTF8.self) else {
      throw DataError(path, .unsupported(format: "list of paths", found: "text other than UTF-8", remedy: "convert it"))
    }
    let folder = path.folderPath
    let files = lines.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
    let paths = files.map { folder.appendingPath($0) }
    let samples = files.indices.map {
      Sample(rank: $0, identifier: files[$0], content: FileContent(path: paths[$0]))
    }
    return try SampleSet(location: path, samples: samples, contentPaths: paths)
  }
}
