import Reconciliation
import Testing

/// How much is written at a time, and when again.
@Suite struct WritingPaceTests {
    /// So many transactions, one after the other, in which a message takes so long.
    private func pace(
        _ count: Int, each: Duration, commit: Duration, othersWrite: Bool, from start: Duration = .zero
    ) -> (pace: WritingPace, end: Duration) {
        var pace = WritingPace()
        var time = start
        for _ in 0..<count {
            let work = each * pace.room
            time += pace.wait(at: time) + work + commit
            pace.ended(messages: pace.room, work: work, commit: commit, othersWrote: othersWrite, at: time)
        }
        return (pace, time)
    }

    @Test("the first is small: nothing is known yet", arguments: [Duration.microseconds(200), .milliseconds(1)])
    func first(_ each: Duration) {
        let room = WritingPace().room
        #expect(room <= 50)
        #expect(each * room <= .milliseconds(50))
        #expect(WritingPace().wait(at: .zero) == .zero)
    }

    @Test(
        "whatever a message takes, others wait for a few milliseconds",
        arguments: [Duration.microseconds(2), .microseconds(15), .microseconds(100)])
    func besideOthers(_ each: Duration) {
        let (pace, end) = pace(20, each: each, commit: .microseconds(500), othersWrite: true)
        #expect(each * pace.room <= .milliseconds(2))
        #expect(pace.wait(at: end) > .milliseconds(2))
    }

    @Test("while nobody else writes, more is written at a time, and nobody waited for")
    func alone() {
        let (pace, end) = pace(20, each: .microseconds(15), commit: .microseconds(500), othersWrite: false)
        #expect(pace.room > 300)
        #expect(.microseconds(15) * pace.room <= .milliseconds(20))
        #expect(pace.wait(at: end) == .zero)
    }

    @Test(
        "while nobody else writes, a transaction is over in 16 milliseconds where the disk allows it",
        arguments: [(1, 12), (6, 10), (30, 8)])
    func alone(commit: Int, work: Int) {
        let (pace, _) = pace(20, each: .microseconds(10), commit: .milliseconds(commit), othersWrite: false)
        #expect(pace.room > work * 95)
        #expect(pace.room <= work * 100)
    }

    @Test("somebody who wrote a moment ago is thought of, one who wrote long ago is not")
    func memory() {
        var (pace, end) = pace(20, each: .microseconds(15), commit: .zero, othersWrite: true)
        let small = pace.room
        pace.ended(messages: small, work: .milliseconds(1), commit: .zero, othersWrote: false, at: end + .seconds(1))
        #expect(pace.room < small * 2)
        #expect(pace.wait(at: end + .seconds(1)) > .zero)
        pace.ended(messages: small, work: .milliseconds(1), commit: .zero, othersWrote: false, at: end + .seconds(20))
        #expect(pace.room > small * 3)
        #expect(pace.wait(at: end + .seconds(20)) == .zero)
    }

    @Test("a slow transaction makes the next small at once, quick ones make it large by and by")
    func slow() {
        var (pace, end) = pace(20, each: .microseconds(10), commit: .zero, othersWrite: true)
        let before = pace.room
        pace.ended(messages: before, work: .milliseconds(12), commit: .zero, othersWrote: true, at: end)
        #expect(pace.room <= max(before / 8, 10))
        let small = pace.room
        pace.ended(messages: small, work: .microseconds(10) * small, commit: .zero, othersWrote: true, at: end)
        #expect(pace.room < before)
    }

    @Test("on a slow disk a commit is worth more work, within bounds")
    func slowDisk() {
        let (pace, _) = pace(20, each: .microseconds(20), commit: .milliseconds(45), othersWrite: true)
        #expect(pace.room >= 300)
        #expect(.microseconds(20) * pace.room <= .milliseconds(20))
    }

    @Test(
        "the pause holds the next look of whoever has waited",
        arguments: [(500, 1), (2_900, 2), (7_900, 5), (17_000, 10), (500_000, 25)])
    func pause(_ held: Int, _ sleep: Int) {
        var pace = WritingPace()
        pace.ended(messages: 0, work: .microseconds(held), commit: .zero, othersWrote: true, at: .zero)
        #expect(pace.wait(at: .zero) > .milliseconds(sleep))
        #expect(pace.wait(at: .zero) <= .milliseconds(sleep * 2 + 1))
        #expect(pace.wait(at: .milliseconds(2 * sleep + 1)) == .zero)
    }
}
