import Reconciliation
import Testing

/// What is over before every sink has heard of it.
struct UnheardAlertTests {
    /// After four hours in which nothing more happened.
    private static let over: AlertStates = {
        var states = AlertStates()
        states.apply(.occurred(.deadLetters, occurrence(200, tally: ["recipient": 200])), after: .zero)
        states.advance(after: .seconds(4 * 3600))
        return states
    }()

    private let unheard = NotificationRecord(identity: deadLetters, sink: "away")

    private var ended: Alert { Self.over.alerts[deadLetters]! }

    private var begun: NotificationRecord {
        NotificationRecord(identity: deadLetters, sink: "there").told(.firing, of: ended, at: .after(.seconds(30)))
    }

    private var heard: NotificationRecord { begun.told(.resolved, of: ended, at: .after(.seconds(4 * 3600))) }

    /// Three more, then.
    private func more(_ tellings: [NotificationRecord], after duration: Duration) throws -> Alert {
        var states = AlertStates([ended], tellings: tellings)
        states.apply(.occurred(.deadLetters, occurrence(3, tally: ["recipient": 3])), after: duration)
        return try #require(states.alerts[deadLetters])
    }

    @Test func `goes on with the next messages: a sink that was away hears of all`() throws {
        let alert = try more([unheard], after: .seconds(8 * 3600))
        #expect(alert.isFiring && alert.episode == 1 && alert.resolvedAt == nil)
        #expect(alert.count == 203 && alert.tally == ["recipient": 203] && alert.since == start)
        var sink = EagerSink(deadLetters)
        sink.catchUp(alert, after: .seconds(8 * 3600))
        #expect(sink.told == [EagerSink.Told(kind: .firing, at: .seconds(8 * 3600), count: 203)])
    }

    @Test func `goes on where a sink has yet to hear that it was over: with how many more there were before that`()
        throws
    {
        let alert = try more([begun], after: .seconds(8 * 3600))
        #expect(alert.episode == 1 && alert.count == 203)
        var sink = EagerSink(deadLetters)
        sink.telling = begun
        sink.catchUp(alert, after: .seconds(8 * 3600))
        #expect(sink.told == [EagerSink.Told(kind: .repeated, at: .seconds(8 * 3600), count: 203)])
    }

    @Test func `begins anew where all have heard of it, or nobody is to`() throws {
        for tellings in [[heard], []] {
            let alert = try more(tellings, after: .seconds(8 * 3600))
            #expect(alert.isFiring && alert.episode == 2 && alert.count == 3)
        }
    }

    @Test func `begins anew after a day: one sink that is gone for good must not count for ever`() throws {
        #expect(try more([unheard], after: .seconds(86_400 - 1)).count == 203)
        #expect(try more([unheard], after: .seconds(86_400)).count == 3)
    }

    @Test func `is told as new to a sink that knew of its end, and once`() throws {
        let alert = try more([unheard, heard], after: .seconds(8 * 3600))
        var sink = EagerSink(deadLetters)
        sink.telling = heard
        sink.catchUp(alert, after: .seconds(8 * 3600))
        #expect(sink.told == [EagerSink.Told(kind: .firing, at: .seconds(8 * 3600), count: 203)])
        sink.catchUp(alert, after: .seconds(8 * 3600 + 1))
        #expect(sink.told.count == 1)
    }

    @Test func `of refusals, too, which a delivery has ended`() throws {
        var states = AlertStates()
        states.apply(.refused(.accountRefused, accountCode, occurrence(500), reportedAt: start), after: .seconds(1))
        states.apply(.delivered(reportedAt: .after(.seconds(2))), after: .seconds(3))
        let ended = try #require(states.alerts[accountRefused])
        #expect(!ended.isFiring)
        states = AlertStates([ended], tellings: [NotificationRecord(identity: accountRefused, sink: "away")])
        states.apply(
            .refused(.accountRefused, accountCode, occurrence(7), reportedAt: .after(.seconds(60))), after: .seconds(61)
        )
        let alert = try #require(states.alerts[accountRefused])
        #expect(alert.isFiring && alert.count == 507 && alert.deliveredAt == nil)
    }

    @Test func `of a condition only what is so now is told`() throws {
        var states = AlertStates()
        states.apply(.holds(unreachable, detail: "HTTP 503"), after: .zero)
        states.apply(.over(unreachable), after: .seconds(10))
        states.advance(after: .seconds(700))
        states = AlertStates(
            Array(states.alerts.values), tellings: [NotificationRecord(identity: unreachable, sink: "away")])
        states.apply(.holds(unreachable, detail: "HTTP 502"), after: .seconds(900))
        #expect(states.alerts[unreachable]?.episode == 2)
        #expect(states.alerts[unreachable]?.since == .after(.seconds(900)))
    }
}
