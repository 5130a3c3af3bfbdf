import Synchronization

/// What was packed of constants: whoever asks for the same while one lives shares it, for a network may have many plans.
final class SharedPacking<Key: Hashable & Sendable, Packed: AnyObject & Sendable>: Sendable {
  private struct Reference {
    weak var packed: Packed?
  }

  private let living = Mutex<[Key: Reference]>([:])

  /// - Parameter key: Of everything that the result depends on; of a constant the address, if the result keeps it, so that
  ///   no other constant comes to lie there.
  func packed(_ key: Key, make: () -> Packed) -> Packed {
    if let found = living.withLock({ $0[key]?.packed }) { return found }
    // Made outside the lock: two workers may make the same one, and either will do.
    let made = make()
    living.withLock { living in
      living = living.filter { $0.value.packed != nil }
      living[key] = Reference(packed: made)
    }
    return made
  }
}
