import Glibc

/// Whether two regions hold the same bytes.
func equalBytes(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool {
  unsafe memcmp(a, b, count) == 0
}
