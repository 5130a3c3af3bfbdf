import Pipeline
import Testing

@Suite struct DoctorTests {
  @Test func `older matrix kernels than the processor has are named with the cure`() throws {
    let forced = try #require(Doctor.warning(ofBLAS: "Haswell", forced: "Haswell", best: "x86-64-v4"))
    #expect(forced.contains("Haswell") && forced.contains("unset OPENBLAS_CORETYPE"))
    let old = try #require(Doctor.warning(ofBLAS: "Nehalem", forced: nil, best: "x86-64-v3"))
    #expect(old.contains("install"))
  }

  @Test func `kernels that fit, and kernels nobody knows, raise nothing`() {
    #expect(Doctor.warning(ofBLAS: "SkylakeX", forced: nil, best: "x86-64-v4") == nil)
    #expect(Doctor.warning(ofBLAS: "Zen", forced: "Zen", best: "x86-64-v3") == nil)
    #expect(Doctor.warning(ofBLAS: "armv8", forced: nil, best: "baseline") == nil)
    #expect(Doctor.warning(ofKernels: "x86-64-v4", best: "x86-64-v4") == nil)
  }

  @Test func `kernels chosen by hand below the processor's are named`() throws {
    let warning = try #require(Doctor.warning(ofKernels: "baseline", best: "x86-64-v4"))
    #expect(warning.contains("QTOOL_KERNELS"))
  }
}
