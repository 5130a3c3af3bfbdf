import Calibration
import CalibrationCache
import Foundation
import Reporting
import TensorCore

extension CalibrationSettings {
  /// Calibrates and writes the cache, its record and, where asked for, the page.
  ///
  /// - Throws: ``PipelineError``. Then no file was written, or each that was is whole.
  package func run(control: RunControl = RunControl()) throws(PipelineError) -> CalibrationSummary {
    try checkFailOn()
    let job = try savingJob()
    try checkOutputs()
    do throws(PipelineError) {
      let gathered = try job.gather(control: control)
      let summary: CalibrationSummary
      do throws(PipelineError) {
        summary = try write(try job.outcome(of: gathered, control: control), of: job, control: control)
      } catch {
        guard error.code == .interrupted else { throw error }
        guard let path = job.statePath, gathered.isSaved else { throw error }
        throw .interrupted(done: gathered.total.sampleCount, savedIn: path)
      }
      if gathered.isSaved { job.removeState() }
      return summary
    } catch {
      // What can be gone on from stays; what cannot, or was not asked for, does not.
      if error.code != .interrupted, !job.isStateRequired { job.removeState() }
      throw error
    }
  }

  /// Does this run's shard, and leaves its statistics for `merge`.
  package func runShard(control: RunControl = RunControl()) throws(PipelineError) -> ShardSummary {
    let job = try savingJob()
    guard let shard, let path = job.statePath else {
      throw PipelineError(.usage, "--shard: expected i/n such as 2/5, found none; give one")
    }
    let gathered = try job.gather(control: control)
    return ShardSummary(
      shard: shard, samples: gathered.total.sampleCount, of: gathered.header.sampleCount,
      skipped: gathered.skipped.count, statePath: path, warnings: gathered.warnings)
  }

  /// - Throws: ``PipelineError`` where a file that will be written cannot be.
  func checkOutputs() throws(PipelineError) {
    let cachePath = resolvedCachePath
    let outputs = [cachePath, cachePath + ".json", reportPath, statePath].compactMap(\.self)
    try OutputCheck.check(outputs, besides: recipe.files + [namesFromPath])
  }

  /// Writes the cache, its record and, where asked for, the page.
  func write(
    _ outcome: CalibrationOutcome, of job: CalibrationJob, control: RunControl
  ) throws(PipelineError) -> CalibrationSummary {
    let old = try namesFromPath.map { path throws(PipelineError) in try LoadedCache(path: path) }
    // A cache under a builder's own names is for that builder.
    let version = try builderVersion() ?? old?.document.header?.builderVersion
    let cachePath = resolvedCachePath, recordPath = cachePath + ".json"
    let mapping = old.map { outcome.mapping(namesFrom: $0) }
    try requireEntries(of: outcome, mapping, old)
    let header = TensorRTHeader(
      version: version ?? .assumed, calibrator: TensorRTCalibrator(method: type(of: job.estimator).name))
    let record = CalibrationRecord(
      outcome, of: job,
      cache: CalibrationRecord.CacheEntry(
        file: (cachePath as NSString).lastPathComponent, header: header.text, builderVersionGiven: version != nil,
        namesFrom: try old.map { old throws(PipelineError) in
          CalibrationRecord.NamesEntry(
            file: (old.path as NSString).lastPathComponent, sha256: try Digest.ofFiles([old.path]),
            unmapped: mapping?.unmapped ?? [])
        }))
    do {
      var document = outcome.cacheDocument
      if let mapping { document.entries = mapping.document.entries }
      document.header = header
      let cache = try TensorRTCache.write(document)
      let page = try reportPath.map { path in (path, try HTMLRenderer.render(outcome.report(of: job, minSamples))) }
      // The cache last: it never stands without its record.
      if let (path, text) = page { try AtomicFile.write(text, to: path) }
      try AtomicFile.write(try record.json(), to: recordPath)
      try AtomicFile.write(cache, to: cachePath)
    } catch {
      throw PipelineError(error)
    }
    var warnings = outcome.notes + outcome.warnings + idleExclusions(outcome)
    if let mapping, let old { warnings += MappingSummary.warnings(mapping, old: old.path) }
    if version == nil {
      warnings.append(
        "the cache is for TensorRT \(TensorRTVersion.assumed); a builder skips a cache of another version: "
          + "give yours with --trt-version")
    }
    return CalibrationSummary(
      outcome, of: job, cachePath: cachePath, recordPath: recordPath, reportPath: reportPath,
      warnings: warnings + outcome.dataWarnings(of: job), failures: failures(outcome, of: job))
  }

  /// - Throws: ``PipelineError`` where the cache would hold no scale that was found here.
  private func requireEntries(
    of outcome: CalibrationOutcome, _ mapping: NameMapping?, _ old: LoadedCache?
  ) throws(PipelineError) {
    guard outcome.tensors.isEmpty || outcome.tensors.contains(where: { !$0.isExcluded }) else {
      throw PipelineError(
        .usage,
        "--exclude: expected patterns that leave a tensor in the cache, found that they name all "
          + "\(outcome.tensors.count); take one back")
    }
    if let mapping, let old, mapping.origins.allSatisfy({ $0 == .unmapped }) {
      throw PipelineError(
        .badData,
        "\(old.path): expected a cache of the same network, found none of its tensors in this one; "
          + "name another cache, or leave --names-from out")
    }
  }

  /// A line for each pattern of `--exclude` that names no tensor.
  private func idleExclusions(_ outcome: CalibrationOutcome) -> [String] {
    recipe.exclude.filter { pattern in
      guard let patterns = try? NamePatterns([pattern], flag: "--exclude") else { return false }
      return !outcome.tensors.contains { patterns.match($0.name) }
    }.map { "--exclude '\($0)': no tensor has such a name" }
  }

  /// Nil where the user does not say.
  private func builderVersion() throws(PipelineError) -> TensorRTVersion? {
    do {
      return try recipe.trtVersion.map { text throws(TensorRTVersionError) in try TensorRTVersion(text) }
    } catch {
      throw PipelineError(.usage, "\(error)")
    }
  }
}

extension CalibrationOutcome {
  /// A line for every tensor that `--exclude` leaves in, in topological order.
  var cacheDocument: CacheDocument {
    CacheDocument(
      entries: tensors.filter { !$0.isExcluded }.map { CacheEntry(name: $0.name, scale: $0.scale) })
  }

  /// The same scales under the names, and in the order, of an older cache.
  func mapping(namesFrom old: LoadedCache) -> NameMapping {
    NameMapping(
      cacheDocument, namesFrom: old.document,
      model: tensors.map { ModelTensor(name: $0.name, opType: $0.opType, node: $0.node) })
  }
}

extension TensorRTHeader {
  /// The version of a builder that reads caches; nil where the header names none.
  fileprivate var builderVersion: TensorRTVersion? {
    guard case .versioned(let version?, _) = meaning, version.major >= 5, version.major < 11 else { return nil }
    return version
  }
}
