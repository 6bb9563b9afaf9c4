import Reconciliation
import Testing

@Suite struct AcceptanceSpanTests {
    private let start = Timestamp(seconds: 1_000)
    private let end = Timestamp(seconds: 2_000)
    private let instant = Duration.milliseconds(1)

    @Test("its beginning belongs to it, its end does not")
    func ends() {
        let span = AcceptanceSpan(since: start, until: end)
        #expect(!span.contains(start - instant))
        #expect(span.contains(start))
        #expect(span.contains(end - instant))
        #expect(!span.contains(end))
    }

    @Test("one end is enough")
    func oneEnd() {
        #expect(AcceptanceSpan(since: start).contains(end))
        #expect(!AcceptanceSpan(since: start).contains(start - instant))
        #expect(AcceptanceSpan(until: end).contains(start))
        #expect(!AcceptanceSpan(until: end).contains(end))
    }

    @Test("of a time that cannot be read only nothing can be asked")
    func unreadable() {
        #expect(AcceptanceSpan.always.contains(nil))
        #expect(AcceptanceSpan.always.contains(start))
        #expect(!AcceptanceSpan(since: start).contains(nil))
        #expect(!AcceptanceSpan(until: end).contains(nil))
    }
}
