extension Node {
  /// An attribute's value, or `value` where it is absent or of another kind: for passes, which leave alone what they do
  /// not understand. Operators check kinds themselves.
  func int(_ key: String, default value: Int) -> Int {
    if case .int(let found)? = attributes[key] { found } else { value }
  }

  /// As ``int(_:default:)``, for a float.
  func float(_ key: String, default value: Float) -> Float {
    if case .float(let found)? = attributes[key] { found } else { value }
  }
}
