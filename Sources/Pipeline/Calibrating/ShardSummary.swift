/// What the terminal shows of one shard's run.
package struct ShardSummary: Sendable {
  let shard: Shard
  let samples: Int
  let sampleTotal: Int
  let skipped: Int
  let statePath: String
  package let warnings: [String]

  init(shard: Shard, samples: Int, of total: Int, skipped: Int, statePath: String, warnings: [String]) {
    self.shard = shard
    self.samples = samples
    sampleTotal = total
    self.skipped = skipped
    self.statePath = statePath
    self.warnings = warnings
  }

  /// For standard output.
  package var text: String {
    """
    shard    \(shard.index) of \(shard.count)
    samples  \(samples) of \(sampleTotal)\(skipped > 0 ? ", \(skipped) skipped" : "")
    state    \(statePath)
    next     qtool merge, once every shard has its state
    """
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String {
    struct Fields: Encodable {
      let shard: Int
      let shards: Int
      let samples: Int
      let samplesInAll: Int
      let skipped: Int
      let state: String
      let warnings: [String]
    }
    return try JSONText.encode(
      Fields(
        shard: shard.index, shards: shard.count, samples: samples, samplesInAll: sampleTotal, skipped: skipped,
        state: statePath, warnings: warnings))
  }
}
