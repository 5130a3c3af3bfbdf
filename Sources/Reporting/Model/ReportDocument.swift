/// What a report says, before anything decides how it looks.
///
/// The four renderers, ``HTMLRenderer``, ``JSONRenderer``, ``MarkdownRenderer`` and ``TerminalRenderer``, read nothing
/// else. Equal documents give equal bytes in each of them.
package struct ReportDocument: Sendable {
  /// The version of the JSON form, described by `Schemas/report-1.schema.json`. It rises when a member goes away or
  /// changes its meaning, not when one is added.
  package static let formatVersion = 1

  /// What was measured: `calibration`.
  package var kind: String
  package var toolVersion: String
  package var title: String
  /// One line below the title that tells this report from others of its kind.
  package var subtitle: String
  package var verdict: Verdict
  /// How the figures came about: model, data, preprocessing, method.
  package var facts: [Fact]
  /// In the order of reading.
  package var sections: [any ReportSection]
  /// How long the run took, in seconds. The JSON form keeps it apart, for no two runs agree on it.
  package var seconds: Double?
  /// The memory that the run held at most, in bytes; it stands with ``seconds``.
  package var peakMemory: Int?

  package init(
    kind: String, toolVersion: String, title: String, subtitle: String, verdict: Verdict, facts: [Fact],
    sections: [any ReportSection], seconds: Double? = nil, peakMemory: Int? = nil
  ) {
    self.kind = kind
    self.toolVersion = toolVersion
    self.title = title
    self.subtitle = subtitle
    self.verdict = verdict
    self.facts = facts
    self.sections = sections
    self.seconds = seconds
    self.peakMemory = peakMemory
  }
}

/// What a report comes to, in one line.
package struct Verdict: Sendable, Equatable {
  package enum Status: String, Sendable {
    case ok, warning, failed

    /// The word that readers see; colour alone says nothing.
    var label: String {
      switch self {
      case .ok: "OK"
      case .warning: "Warning"
      case .failed: "Failed"
      }
    }
  }

  package var status: Status
  package var text: String

  package init(_ status: Status, _ text: String) {
    self.status = status
    self.text = text
  }
}

/// A named property of the run.
package struct Fact: Sendable, Equatable {
  /// The name in the JSON form.
  package var key: String
  package var label: String
  package var value: String
  /// A checksum, a name or another text that is to be read letter by letter.
  package var isCode: Bool

  package init(_ key: String, _ label: String, _ value: String, isCode: Bool = false) {
    self.key = key
    self.label = label
    self.value = value
    self.isCode = isCode
  }
}
