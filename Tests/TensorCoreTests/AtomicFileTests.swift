import Glibc
import TensorCore
import Testing

@Suite struct AtomicFileTests {
  @Test func `a new file holds the bytes and nothing stands beside it`() throws {
    let folder = TemporaryFolder()
    try AtomicFile.write([1, 2, 0, 255], to: folder.path + "/a")
    #expect(read(folder.path + "/a") == [1, 2, 0, 255])
    #expect(folder.names() == ["a"])
  }

  @Test func `an empty file is a file`() throws {
    let folder = TemporaryFolder()
    try AtomicFile.write("", to: folder.path + "/a")
    #expect(read(folder.path + "/a") == [])
  }

  @Test func `parts come in the order of writing`() throws {
    let folder = TemporaryFolder()
    let file = try AtomicFile(path: folder.path + "/a")
    for byte in UInt8(0)..<200 {
      let part = [UInt8](repeating: byte, count: 5000)
      unsafe try file.write(part.span.bytes)
    }
    try file.commit()
    #expect(read(folder.path + "/a") == (UInt8(0)..<200).flatMap { [UInt8](repeating: $0, count: 5000) })
  }

  @Test func `until the commit the old file stays, and without one the new bytes go away`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try AtomicFile.write("old", to: path)
    do {
      let file = try AtomicFile(path: path)
      let part: [UInt8] = [1, 2, 3]
      unsafe try file.write(part.span.bytes)
      #expect(folder.names().count == 2)
    }
    #expect(read(path) == Array("old".utf8))
    #expect(folder.names() == ["a"])
  }

  @Test func `an old file is replaced and keeps its permissions`() throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try AtomicFile.write("old", to: path)
    unsafe chmod(path, 0o640)
    try AtomicFile.write("new", to: path)
    #expect(read(path) == Array("new".utf8))
    #expect(mode(path) == 0o640)
  }

  @Test func `a new file gets the permissions that the umask leaves`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      umask(0o027)
      try AtomicFile.write("x", to: folder.path + "/a")
      require(mode(folder.path + "/a") == 0o640)
    }
  }

  @Test func `a link stays a link, whether what it names is there or not`() throws {
    let folder = TemporaryFolder()
    let link = folder.path + "/link"
    unsafe symlink("target", link)
    for text in ["first", "second"] {
      try AtomicFile.write(text, to: link)
      #expect(read(folder.path + "/target") == Array(text.utf8))
      #expect(folder.names() == ["link", "target"])
    }
  }

  @Test func `links in a circle are refused`() {
    let folder = TemporaryFolder()
    unsafe symlink("b", folder.path + "/a")
    unsafe symlink("a", folder.path + "/b")
    #expect(failure(folder.path + "/a")?.code == ELOOP)
    #expect(folder.names() == ["a", "b"])
  }

  @Test func `a full device is reported`() {
    let error = failure("/dev/full")
    #expect(error == FileError(path: "/dev/full", operation: .write, code: ENOSPC))
    #expect(
      error?.description == "/dev/full: expected room for the file, found none (No space left on device); "
        + "make room or choose another path")
  }

  @Test func `a device is written through, not replaced`() throws {
    try AtomicFile.write("x", to: "/dev/null")
    #expect(mode("/dev/null") == 0o666)
  }

  @Test func `a missing folder is reported`() {
    let folder = TemporaryFolder()
    #expect(
      failure(folder.path + "/no/a")?.description == "\(folder.path)/no/a: expected an existing folder to write "
        + "into, found none (No such file or directory); create it or choose another path")
    #expect(folder.names() == [])
  }

  @Test func `a folder, an empty path and a file in place of a folder are refused`() throws {
    let folder = TemporaryFolder()
    try AtomicFile.write("x", to: folder.path + "/file")
    #expect(failure(folder.path)?.code == EISDIR)
    #expect(failure("")?.description == "output file: expected a path, found an empty one; name the file")
    #expect(failure(folder.path + "/file/a")?.code == ENOTDIR)
    #expect(failure(folder.path + "/a\0b")?.code == EINVAL)
    #expect(failure(folder.path + "/" + String(repeating: "n", count: 300))?.code == ENAMETOOLONG)
    #expect(folder.names() == ["file"])
  }

  @Test func `the longest name that the system takes is no trouble`() throws {
    let folder = TemporaryFolder()
    let name = String(repeating: "n", count: 255)
    try AtomicFile.write("x", to: folder.path + "/" + name)
    #expect(folder.names() == [name])
  }

  @Test func `a read-only folder stops an ordinary user`() async throws {
    let folder = TemporaryFolder()
    try AtomicFile.write("old", to: folder.path + "/a")
    unsafe chmod(folder.path + "/a", 0o666)
    unsafe chmod(folder.path, 0o555)
    await #expect(processExitsWith: .success) { [path = folder.path as String] in
      require(becomeOrdinaryUser())
      require(failure(path + "/new")?.code == EACCES)
      require(failure(path + "/a")?.code == EACCES)
    }
    #expect(read(folder.path + "/a") == Array("old".utf8))
    #expect(folder.names() == ["a"])
  }

  @Test func `a protected file stays as it is even where the folder may be written`() async throws {
    let folder = TemporaryFolder()
    try AtomicFile.write("old", to: folder.path + "/a")
    unsafe chmod(folder.path + "/a", 0o444)
    unsafe chmod(folder.path, 0o777)
    await #expect(processExitsWith: .success) { [path = folder.path as String] in
      require(becomeOrdinaryUser())
      require(failure(path + "/a")?.code == EACCES)
      require(failure(path + "/new") == nil)
    }
    #expect(read(folder.path + "/a") == Array("old".utf8))
    #expect(folder.names() == ["a", "new"])
  }

  @Test func `past the limit of file sizes the old file stays and no part is left`() async {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      try AtomicFile.write("old", to: folder.path + "/a")
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      require(failure(folder.path + "/a", bytes: 1001)?.code == EFBIG)
      require(read(folder.path + "/a") == Array("old".utf8))
      require(folder.names() == ["a"])
    }
  }

  @Test func `many writers at once leave one whole file`() async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/a"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in UInt8(0)..<16 {
        group.addTask { try AtomicFile.write([UInt8](repeating: writer, count: 10_000), to: path) }
      }
      try await group.waitForAll()
    }
    let bytes = try #require(read(path))
    #expect(bytes.count == 10_000 && Set(bytes).count == 1)
    #expect(folder.names() == ["a"])
  }
}

/// The error of writing to `path`, or nil where that works.
private func failure(_ path: String, bytes: Int = 1) -> FileError? {
  do throws(FileError) {
    try AtomicFile.write([UInt8](repeating: 7, count: bytes), to: path)
    return nil
  } catch {
    return error
  }
}

/// Ends a child process with a failure where `condition` does not hold.
private func require(_ condition: Bool, line: Int = #line) {
  precondition(condition, "line \(line)")
}

/// Permissions do not bind the root user, so a test of them must not be root; anyone else is ordinary already.
private func becomeOrdinaryUser() -> Bool {
  getuid() != 0 || setgroups(0, nil) == 0 && setgid(65534) == 0 && setuid(65534) == 0
}

private func mode(_ path: String) -> mode_t {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
}

private func read(_ path: String) -> [UInt8]? {
  let file = unsafe fopen(path, "r")
  guard let file = unsafe file else { return nil }
  defer { unsafe _ = fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = unsafe getc(file), byte != EOF { bytes.append(UInt8(byte)) }
  return bytes
}

/// A folder that goes away with its content.
private final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/qtool-test-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = unsafe mkdtemp(base) else { return "/nonexistent" }
      return unsafe String(cString: made)
    }
  }

  deinit {
    unsafe chmod(path, 0o755)
    for name in names() { unsafe unlink(path + "/" + name) }
    unsafe rmdir(path)
  }

  func names() -> [String] {
    let folder = unsafe opendir(path)
    guard let folder = unsafe folder else { return ["?"] }
    defer { unsafe _ = closedir(folder) }
    var found: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { found.append(name) }
    }
    return found.sorted()
  }
}
