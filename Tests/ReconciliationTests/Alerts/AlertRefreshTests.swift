import Reconciliation
import Testing

/// Telling a receiver that forgets.
struct AlertRefreshTests {
    private let minute = Duration.seconds(60)
    private let alert = Alert(identity: deadLetters, count: 5, since: start)

    private var told: NotificationRecord {
        NotificationRecord(identity: deadLetters, sink: "am").told(.firing, of: alert, at: .after(.seconds(30)))
    }

    private func next(_ alert: Alert, _ told: NotificationRecord, inhibited: Bool = false) -> NextNotification {
        defaultRules.next(alert, told, inhibited: inhibited, refreshEvery: minute)
    }

    @Test func `it hears again after the period, counted from the last telling`() {
        #expect(next(alert, told) == .tell(.refreshed, at: .after(.seconds(90))))
        let again = told.told(.refreshed, of: alert, at: .after(.seconds(95)))
        #expect(next(alert, again) == .tell(.refreshed, at: .after(.seconds(155))))
    }

    @Test func `news goes before when it is due no later`() {
        var doubled = alert
        doubled.count = 10
        #expect(next(doubled, told) == .tell(.repeated, at: .after(.seconds(60))))
        #expect(
            next(alert, NotificationRecord(identity: deadLetters, sink: "am"))
                == .tell(.firing, at: .after(.seconds(30))))
    }

    @Test func `what silences an alert for people does not end it there`() {
        var acknowledged = alert
        acknowledged.isAcknowledged = true
        var held = Alert(identity: unreachable, count: 1, since: start)
        held.overSince = .after(.seconds(40))
        for (silent, inhibited) in [(acknowledged, false), (held, false), (alert, true)] {
            let told = NotificationRecord(identity: silent.identity, sink: "am")
                .told(.firing, of: silent, at: .after(.seconds(30)))
            #expect(defaultRules.next(silent, told, inhibited: inhibited) == .nothing)
            #expect(next(silent, told, inhibited: inhibited) == .tell(.refreshed, at: .after(.seconds(90))))
        }
        let untold = NotificationRecord(identity: deadLetters, sink: "am")
        #expect(next(acknowledged, untold) == .nothing)
        #expect(next(alert, untold, inhibited: true) == .nothing)
    }

    @Test func `an early end waits until it has fired there for a minute, a later one for nothing`() {
        var over = alert
        over.state = .resolved
        over.resolvedAt = .after(.seconds(31))
        #expect(next(over, told) == .tell(.resolved, at: .after(.seconds(90))))
        let refreshed = told.told(.refreshed, of: alert, at: .after(.seconds(490)))
        over.resolvedAt = .after(.seconds(491))
        #expect(next(over, refreshed) == .tell(.resolved, at: .after(.seconds(491))))
        over.resolvedAt = .after(.seconds(500))
        #expect(next(over, told) == .tell(.resolved, at: .after(.seconds(500))))
        #expect(next(over, told.told(.resolved, of: over, at: .after(.seconds(501)))) == .nothing)
    }

    @Test func `a single pass, which ends, tells an end at once`() {
        var over = alert
        over.state = .resolved
        over.resolvedAt = .after(.seconds(31))
        let next = defaultRules.withoutWaiting.next(over, told, inhibited: false, refreshEvery: minute)
        #expect(next == .tell(.resolved, at: .after(.seconds(31))))
    }

    @Test func `the next episode is told as one`() {
        var again = alert
        again.episode = 2
        again.since = .after(.seconds(1000))
        let over = told.told(.resolved, of: alert, at: .after(.seconds(500)))
        #expect(next(again, over) == .tell(.firing, at: .after(.seconds(1030))))
        #expect(next(again, told) == .tell(.firing, at: .after(.seconds(1030))), "its end was never told")
    }

    @Test func `the period is a minute, or repeat_every where that is shorter`() {
        #expect(defaultRules.refreshEvery == minute)
        var eager = defaultRules
        eager.repeatEvery = .seconds(2)
        #expect(eager.refreshEvery == .seconds(2))
    }
}
