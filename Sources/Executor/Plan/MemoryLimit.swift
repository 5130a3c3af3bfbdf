import Glibc

/// How much memory a plan may ask for: what cannot fit must be refused, for an allocation that fails ends the process.
package enum MemoryLimit {
  /// Three quarters of the machine's memory, or of what `ulimit -v` leaves the process, in bytes.
  package static let byteCount: Int = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES)), pageSize = sysconf(Int32(_SC_PAGESIZE))
    let (product, overflow) = pages.multipliedReportingOverflow(by: pageSize)
    var limit = overflow || product <= 0 ? Int.max : product
    var allowed = rlimit()
    if unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &allowed) == 0 {
      limit = min(limit, Int(clamping: allowed.rlim_cur))
    }
    return limit / 4 * 3
  }()
}
