import Export
import TestSupport
import Testing

@Suite struct MinimumCutTests {
  @Test func `no other parting cuts fewer groups, and the first side gets all it can`() {
    var random = RandomNumbers(seed: 3)
    for _ in 0..<300 {
      let count = Int.random(in: 1...6, using: &random)
      let groups = (0..<Int.random(in: 1...7, using: &random)).map { _ in
        Set<MinimumCut.Member>(
          (0..<Int.random(in: 1...3, using: &random)).map { _ in
            switch Int.random(in: 0...5, using: &random) {
            case 0: .first
            case 1: .second
            default: .free(Int.random(in: 0..<count, using: &random))
            }
          })
      }
      var cut = MinimumCut(count: count)
      for group in groups { cut.add(group) }
      let second = cut.secondSide()
      func cost(_ side: Set<Int>) -> Int {
        groups.count { group in
          let sides = Set(
            group.map { member in
              switch member {
              case .first: false
              case .second: true
              case .free(let number): side.contains(number)
              }
            })
          return sides.count > 1
        }
      }
      let all = (0..<1 << count).map { bits in Set((0..<count).filter { bits >> $0 & 1 == 1 }) }
      let least = all.map(cost).min() ?? 0
      #expect(cost(second) == least)
      #expect(second.count == all.filter { cost($0) == least }.map(\.count).min())
    }
  }
}
