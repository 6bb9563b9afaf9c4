import Reconciliation
import Testing

/// Days in milliseconds: how many notifications a person gets.
struct AlertStormTests {
    @Test func `ten thousand stale messages in an hour: told once, then whenever doubled, then once that it is over`() {
        var book = AlertStates()
        let stale = AlertIdentity(.staleMessages)
        var sink = EagerSink(stale)
        for minute in 0..<(24 * 60) {
            let now = Duration.seconds(minute * 60)
            if minute < 60 {
                book.apply(.occurred(.staleMessages, occurrence(167, tally: ["stale": 167])), after: now)
            }
            book.advance(after: now)
            sink.catchUp(book.alerts[stale], after: now)
        }
        #expect(book.alerts[stale]?.count == 10_020)
        // The last repetition is that of repeat_every, four hours after the one before.
        #expect(sink.kinds == [.firing, .repeated, .repeated, .repeated, .repeated, .repeated, .resolved])
        #expect(sink.told.map(\.count) == [334, 668, 1336, 2672, 5344, 10_020, 10_020])
    }

    @Test func `a condition that lasts two days is repeated every four hours`() {
        var book = AlertStates()
        var sink = EagerSink(unreachable)
        for minute in 0..<(48 * 60) {
            let now = Duration.seconds(minute * 60)
            book.apply(.holds(unreachable, detail: "time-out"), after: now)
            sink.catchUp(book.alerts[unreachable], after: now)
        }
        #expect(sink.kinds.filter { $0 == .firing }.count == 1)
        #expect(sink.kinds.filter { $0 == .repeated }.count == 11)
    }

    @Test func `a day of flapping is one alert`() {
        var book = AlertStates()
        var sink = EagerSink(unreachable)
        for minute in 0..<(24 * 60) {
            let now = Duration.seconds(minute * 60)
            book.apply(
                minute % 7 < 3 ? .holds(unreachable, detail: "HTTP 503") : .over(unreachable), after: now)
            sink.catchUp(book.alerts[unreachable], after: now)
        }
        book.advance(after: .seconds(24 * 3600 + 600))
        sink.catchUp(book.alerts[unreachable], after: .seconds(24 * 3600 + 600))
        #expect(sink.kinds.filter { $0 == .firing }.count == 1)
        #expect(sink.kinds.filter { $0 == .resolved }.count == 1)
        #expect(sink.kinds.count <= 8)
    }
}
