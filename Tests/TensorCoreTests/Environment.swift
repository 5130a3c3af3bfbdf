import Glibc

/// The environment of the tests.
enum Environment {
  static func isSet(_ name: String) -> Bool { unsafe getenv(name) != nil }
}
