import Reconciliation
import Testing

/// When a sink is told what.
struct AlertRulesTests {
    private func alert(_ identity: AlertIdentity = deadLetters, count: Int = 1) -> Alert {
        Alert(identity: identity, count: count, since: start)
    }

    private func untold(_ identity: AlertIdentity = deadLetters) -> NotificationRecord {
        NotificationRecord(identity: identity, sink: "sink")
    }

    @Test func `a new alert gathers for group_wait`() {
        #expect(
            defaultRules.next(alert(), untold(), inhibited: false) == .tell(.firing, at: .after(.seconds(30))))
    }

    @Test func `an urgent one gathers for a second at most`() {
        let urgent = alert(accountRefused)
        #expect(
            defaultRules.next(urgent, untold(accountRefused), inhibited: false)
                == .tell(.firing, at: .after(.seconds(1))))
        var rules = defaultRules
        rules.groupWait = .milliseconds(200)
        #expect(
            rules.next(urgent, untold(accountRefused), inhibited: false)
                == .tell(.firing, at: .after(.milliseconds(200))))
    }

    @Test func `a single pass does not wait`() {
        let rules = defaultRules.withoutWaiting
        #expect(rules.next(alert(), untold(), inhibited: false) == .tell(.firing, at: start))
        #expect(
            rules.next(alert(accountRefused), untold(accountRefused), inhibited: false) == .tell(.firing, at: start))
        #expect(rules.repeatEvery == defaultRules.repeatEvery)
        #expect(rules.keepFiringFor == defaultRules.keepFiringFor)
    }

    @Test func `it is repeated after repeat_every, counted from the last telling`() {
        let told = untold().told(.firing, of: alert(count: 5), at: .after(.seconds(40)))
        #expect(
            defaultRules.next(alert(count: 9), told, inhibited: false)
                == .tell(.repeated, at: .after(.seconds(40 + 4 * 3600))))
    }

    @Test func `it is repeated when the count has doubled, not more often than group_wait`() {
        let told = untold().told(.firing, of: alert(count: 5), at: .after(.seconds(40)))
        #expect(
            defaultRules.next(alert(count: 10), told, inhibited: false) == .tell(.repeated, at: .after(.seconds(70))))
    }

    @Test func `a condition is not doubled by being seen again`() {
        var book = AlertStates()
        for index in 0..<10 { book.apply(.holds(unreachable, detail: "x"), after: .seconds(index)) }
        var sink = EagerSink(unreachable)
        for index in 0..<100 { sink.catchUp(book.alerts[unreachable], after: .seconds(index * 60)) }
        #expect(sink.kinds == [.firing])
    }

    @Test func `the end is told to a sink that was told of the beginning`() {
        var over = alert()
        let told = untold().told(.firing, of: over, at: .after(.seconds(30)))
        over.state = .resolved
        over.resolvedAt = .after(.seconds(99))
        #expect(defaultRules.next(over, told, inhibited: false) == .tell(.resolved, at: .after(.seconds(99))))
        let toldOver = told.told(.resolved, of: over, at: .after(.seconds(100)))
        #expect(defaultRules.next(over, toldOver, inhibited: false) == .nothing)
    }

    @Test func `a condition that came and went untold is not told`() {
        var book = AlertStates()
        var sink = EagerSink(AlertIdentity(.providerRefused))
        book.apply(.holds(sink.telling.identity, detail: "HTTP 401"), after: .zero)
        book.apply(.over(sink.telling.identity), after: .seconds(10))
        sink.catchUp(book.alerts[sink.telling.identity], after: .seconds(3600))
        #expect(sink.told.isEmpty)
    }

    @Test func `events that came and went untold are told with their end`() {
        var book = AlertStates()
        book.apply(.occurred(.deadLetters, occurrence(4)), after: .zero)
        book.advance(after: .seconds(86_400))  // the sink was away all day
        var sink = EagerSink(deadLetters)
        sink.catchUp(book.alerts[deadLetters], after: .seconds(86_401))
        #expect(sink.kinds == [.firing, .resolved])
        #expect(sink.told.first?.count == 4)
    }

    @Test func `refusals that came and went untold are told with their end`() {
        var book = AlertStates()
        book.apply(.refused(.accountRefused, accountCode, occurrence(500), reportedAt: start), after: .seconds(60))
        book.apply(.delivered(reportedAt: .after(.seconds(1))), after: .seconds(60))
        var sink = EagerSink(accountRefused)
        sink.catchUp(book.alerts[accountRefused], after: .seconds(60))
        #expect(sink.kinds == [.firing, .resolved])
        #expect(sink.told.map(\.count) == [500, 500])
    }

    @Test func `a held condition is neither told nor repeated while it is over`() {
        var book = AlertStates()
        book.apply(.holds(unreachable, detail: "time-out"), after: .zero)
        book.apply(.over(unreachable), after: .seconds(5))
        var sink = EagerSink(unreachable)
        sink.catchUp(book.alerts[unreachable], after: .seconds(60))
        #expect(sink.told.isEmpty, "it would not be true any more")
        book.apply(.holds(unreachable, detail: "time-out"), after: .seconds(65))
        sink.catchUp(book.alerts[unreachable], after: .seconds(65))
        #expect(sink.kinds == [.firing], "it flaps: told when it holds again")
        book.apply(.over(unreachable), after: .seconds(100))
        book.advance(after: .seconds(700))
        sink.catchUp(book.alerts[unreachable], after: .seconds(700))
        #expect(sink.kinds == [.firing, .resolved])
    }

    @Test func `an acknowledged alert is silent until it ends`() {
        var acknowledged = alert(count: 100)
        let told = untold().told(.firing, of: alert(), at: start)
        acknowledged.isAcknowledged = true
        #expect(defaultRules.next(acknowledged, told, inhibited: false) == .nothing)
        #expect(defaultRules.next(acknowledged, untold(), inhibited: false) == .nothing)
        acknowledged.state = .resolved
        acknowledged.resolvedAt = start
        #expect(defaultRules.next(acknowledged, told, inhibited: false) == .tell(.resolved, at: start))
    }

    @Test func `an inhibited alert is not told, but its end is if it was`() {
        let aging = AlertIdentity(.pendingAging)
        var alert = alert(aging)
        let told = untold(aging).told(.firing, of: alert, at: start)
        #expect(defaultRules.next(alert, untold(aging), inhibited: true) == .nothing)
        #expect(defaultRules.next(alert, told, inhibited: true) == .nothing)
        alert.state = .resolved
        alert.resolvedAt = start
        #expect(defaultRules.next(alert, told, inhibited: true) == .tell(.resolved, at: start))
    }

    @Test func `a sink that hears of less by now is told the end of what it was told, not before it comes`() {
        var over = alert()
        let told = untold().told(.firing, of: over, at: start)
        #expect(defaultRules.last(over, told) == .nothing)
        over.state = .resolved
        over.resolvedAt = .after(.seconds(60))
        #expect(defaultRules.last(over, told) == .tell(.resolved, at: .after(.seconds(60))))
        #expect(defaultRules.last(over, untold()) == .nothing)
        #expect(defaultRules.last(over, told.told(.resolved, of: over, at: .after(.seconds(61)))) == .nothing)
    }

    @Test func `what was told of an earlier episode does not count`() {
        var again = alert()
        let told = untold().told(.firing, of: again, at: start)
        again.episode = 2
        again.since = .after(.seconds(86_400))
        #expect(
            defaultRules.next(again, told, inhibited: false) == .tell(.firing, at: .after(.seconds(86_430))))
    }

    @Test func `a condition that is over is told to be so to whom it was, or may have been, told`() {
        var over = alert(unreachable)
        over.state = .resolved
        over.resolvedAt = .after(.seconds(60))
        let begun = untold(unreachable).begun(.firing)
        #expect(begun != nil)
        #expect(untold(unreachable).begun(.repeated) == nil)
        #expect(untold(deadLetters).begun(.firing) == nil, "what happened to messages is told again")
        #expect(defaultRules.next(over, untold(unreachable), inhibited: false) == .nothing)
        let end = NextNotification.tell(.resolved, at: .after(.seconds(60)))
        #expect(begun.map { defaultRules.next(over, $0, inhibited: false) } == end)
        #expect(begun.map { defaultRules.last(over, $0) } == end, "also by a sink that hears of less by now")
        let refused = begun?.refused(at: start, notBefore: start)
        #expect(refused.map { defaultRules.next(over, $0, inhibited: false) } == .nothing, "the sink said no")
        // It flapped while the sink was busy or failing: the end of the first episode was not told, the second is over.
        let first = untold(unreachable).told(.firing, of: alert(unreachable), at: start)
        over.episode = 2
        #expect(defaultRules.next(over, first, inhibited: false) == end)
        let known = begun?.told(.resolved, of: over, at: .after(.seconds(61)))
        #expect(known.map { defaultRules.next(over, $0, inhibited: false) } == .nothing)
    }

    @Test func `a pause that was noted while the clock was ahead ends when it is set back, however short it is`() {
        let refused = untold().refused(at: .after(.seconds(3000)), notBefore: .after(.seconds(3600)))
        #expect(refused.broughtBack(to: start, longestWait: .seconds(3600)).notBefore == start)
        let right = untold().refused(at: start, notBefore: .after(.seconds(3600)))
        #expect(right.broughtBack(to: start, longestWait: .seconds(3600)) == right)
        let passed = right.broughtBack(to: .after(.seconds(4000)), longestWait: .seconds(3600))
        #expect(passed == right)
    }

    @Test func `a refused telling keeps what was told and counts its failures`() {
        let told = untold().told(.firing, of: alert(count: 3), at: start)
        let refused = told.refused(at: start, notBefore: .after(.seconds(5)))
            .refused(at: .after(.seconds(5)), notBefore: .after(.seconds(15)))
        #expect(refused.failures == 2)
        #expect(refused.notBefore == .after(.seconds(15)))
        #expect(refused.toldCount == 3)
        let again = refused.told(.repeated, of: alert(count: 6), at: .after(.seconds(16)))
        #expect(again.failures == 0)
        #expect(again.notBefore == nil)
        #expect(again.toldCount == 6)
    }
}
