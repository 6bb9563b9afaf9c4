import Reconciliation
import Testing

/// What the end of a sweep may settle.
@Suite struct SweepEndTests {
    /// Accepted at that time of a day in Korea.
    private func message(_ time: String) -> DueMessage {
        DueMessage(
            key: MessageKey("K"), row: RowLocator(rowid: 1), status: .pending,
            acceptedAt: Timestamp(iso8601: "2026-11-23T\(time)+09:00", defaultOffset: 0), tracking: Tracking())
    }

    private let wait = Judgement.wait(until: nil, Tracking())
    private var settlement: Judgement {
        .settle(
            Settlement(
                key: MessageKey("K"), row: RowLocator(rowid: 1), from: .pending, to: .deadLetter, reason: .reported))
    }

    @Test("a settlement only where the provider listed all there is, and was right about it")
    func whole() {
        let noon = message("12:00:00")
        #expect(SweepEnd(.complete, isAsListed: true).allows(settlement, of: noon))
        #expect(!SweepEnd(.complete, isAsListed: false).allows(settlement, of: noon))
        for ending in [Sweep.Ending.settled, .fruitless, .broken] {
            #expect(!SweepEnd(ending, isAsListed: true).allows(settlement, of: noon))
        }
    }

    @Test("to wait is always allowed")
    func waiting() {
        #expect(SweepEnd(.broken, isAsListed: false).allows(wait, of: message("23:59:00")))
    }

    @Test(
        "not a message of the last five minutes of a day in Korea, nor one whose time is not known",
        arguments: [
            ("00:00:00", true), ("08:59:59", true), ("23:54:59", true), ("23:55:00", false), ("23:59:59", false),
        ])
    func edge(time: String, isAllowed: Bool) {
        #expect(SweepEnd(.complete, isAsListed: true).allows(settlement, of: message(time)) == isAllowed)
        var untimed = message(time)
        untimed.acceptedAt = nil
        #expect(!SweepEnd(.complete, isAsListed: true).allows(settlement, of: untimed))
    }
}
