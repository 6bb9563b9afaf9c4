import Reconciliation
import Testing

struct AlertStatesTests {
    @Test func `ten thousand dead letters are one alert with a count and ten examples`() throws {
        var book = AlertStates()
        for batch in 0..<100 {
            book.apply(
                .occurred(.deadLetters, occurrence(100, named: "b\(batch)-", tally: ["recipient": 100])),
                after: .seconds(batch))
        }
        #expect(book.alerts.count == 1)
        let alert = try #require(book.alerts[deadLetters])
        #expect(alert.count == 10_000)
        #expect(alert.examples == (0..<10).map { MessageKey("b0-\($0)") })
        #expect(alert.tally == ["recipient": 10_000])
        #expect(alert.since == start)
        #expect(alert.lastEventAt == .after(.seconds(99)))
    }

    @Test func `examples are filled up to ten from several batches`() {
        var book = AlertStates()
        book.apply(.occurred(.deadLetters, occurrence(7, named: "a")), after: .zero)
        book.apply(.occurred(.deadLetters, occurrence(7, named: "b")), after: .seconds(1))
        #expect(book.alerts[deadLetters]?.examples.map(\.text) == (0..<7).map { "a\($0)" } + ["b0", "b1", "b2"])
        #expect(book.alerts[deadLetters]?.count == 14)
    }

    @Test func `an occurrence of nothing begins no alert`() {
        var book = AlertStates()
        book.apply(.occurred(.deadLetters, occurrence(0)), after: .zero)
        #expect(book.alerts.isEmpty)
        #expect(book.changed.isEmpty)
    }

    @Test func `events end when nothing more has happened for repeat_every`() {
        var book = AlertStates()
        book.apply(.occurred(.lateReports, occurrence(1)), after: .zero)
        book.apply(.occurred(.lateReports, occurrence(1)), after: .seconds(3600))
        book.advance(after: .seconds(5 * 3600 - 1))
        #expect(book.alerts[AlertIdentity(.lateReports)]?.state == .firing)
        book.advance(after: .seconds(5 * 3600))
        #expect(book.alerts[AlertIdentity(.lateReports)]?.state == .resolved)
        #expect(book.alerts[AlertIdentity(.lateReports)]?.resolvedAt == .after(.seconds(5 * 3600)))
    }

    @Test func `a condition without hold ends at once`() {
        for name in [AlertName.providerRefused, .storeTrouble, .sinkFailing, .cycleOverrun] {
            var book = AlertStates()
            let identity = AlertIdentity(name)
            book.apply(.holds(identity, detail: "HTTP 401"), after: .zero)
            #expect(book.alerts[identity]?.isFiring == true)
            #expect(book.alerts[identity]?.detail == "HTTP 401")
            #expect(book.alerts[identity]?.count == 1)
            book.apply(.over(identity), after: .seconds(5))
            #expect(book.alerts[identity]?.state == .resolved, "\(name)")
        }
    }

    @Test func `a held condition ends only after keep_firing_for, counted from the last time it was over`() {
        var book = AlertStates()
        book.apply(.holds(unreachable, detail: "time-out"), after: .zero)
        book.apply(.over(unreachable), after: .seconds(60))
        book.apply(.over(unreachable), after: .seconds(300))  // still over: the hold began at 60 s
        book.advance(after: .seconds(659))
        #expect(book.alerts[unreachable]?.state == .firing)
        var left = book
        left.advance(after: .seconds(660))
        #expect(left.alerts[unreachable]?.state == .resolved)
        book.apply(.holds(unreachable, detail: "HTTP 503"), after: .seconds(659))
        book.apply(.over(unreachable), after: .seconds(700))
        book.advance(after: .seconds(1299))
        #expect(book.alerts[unreachable]?.state == .firing)
        #expect(book.alerts[unreachable]?.detail == "HTTP 503")
        book.advance(after: .seconds(1300))
        #expect(book.alerts[unreachable]?.state == .resolved)
        #expect(book.alerts[unreachable]?.episode == 1)
    }

    @Test func `who knows of the lesser refusal hears of the graver as of a new one, not the other way`() throws {
        var book = AlertStates()
        let refused = AlertIdentity(.providerRefused)
        book.apply(.holds(refused, detail: "A801", cause: .polling), after: .zero)
        _ = book.acknowledge(.providerRefused, labels: [:])
        book.apply(.holds(refused, detail: "A801", cause: .polling), after: .seconds(60))
        let acknowledged = try #require(book.alerts[refused])
        #expect(acknowledged.episode == 1)
        #expect(acknowledged.isAcknowledged)
        book.apply(.holds(refused, detail: "A401"), after: .seconds(120))
        let graver = try #require(book.alerts[refused])
        #expect(graver.isFiring)
        #expect(!graver.isAcknowledged)
        #expect(graver.episode == 2)
        #expect(graver.since == .after(.seconds(120)))
        #expect(graver.cause == nil)
        #expect(graver.detail == "A401")
        book.apply(.holds(refused, detail: "A801", cause: .polling), after: .seconds(180))
        #expect(book.alerts[refused]?.episode == 2)
        #expect(book.alerts[refused]?.cause == .polling)
    }

    @Test func `a condition that is over without ever having held is no alert`() {
        var book = AlertStates()
        book.apply(.over(unreachable), after: .zero)
        #expect(book.alerts.isEmpty)
    }

    @Test func `firing again after the end is a new episode that counts from nothing`() throws {
        var book = AlertStates()
        book.apply(.occurred(.deadLetters, occurrence(3, tally: ["content": 3])), after: .zero)
        book.advance(after: .seconds(4 * 3600))
        book.apply(.occurred(.deadLetters, occurrence(2, named: "n", tally: ["recipient": 2])), after: .seconds(86_400))
        let alert = try #require(book.alerts[deadLetters])
        #expect(alert.episode == 2)
        #expect(alert.count == 2)
        #expect(alert.tally == ["recipient": 2])
        #expect(alert.since == .after(.seconds(86_400)))
        #expect(alert.resolvedAt == nil)
    }

    @Test func `an acknowledgement ends with the alert`() throws {
        var alert = Alert(identity: unreachable, count: 1, since: start)
        alert.isAcknowledged = true
        alert.overSince = start
        var book = AlertStates([alert])
        book.advance(after: .seconds(600))
        #expect(book.alerts[unreachable]?.isAcknowledged == false)
    }

    @Test func `only what was changed is to be written back`() {
        var other = Alert(identity: unreachable, count: 1, since: start)
        other.overSince = nil
        var book = AlertStates([other, Alert(identity: deadLetters, count: 1, since: start)])
        #expect(book.changed.isEmpty)
        book.apply(.over(AlertIdentity(.providerRefused)), after: .seconds(1))
        #expect(book.changed.isEmpty)
        book.apply(.occurred(.deadLetters, occurrence(1)), after: .seconds(1))
        #expect(book.changed == [deadLetters])
    }
}

/// The clock ran ahead, by nine hours, and was set right.
struct AlertStatesClockTests {
    private let ahead = Duration.seconds(9 * 3600)

    @Test func `what was noted while the clock was ahead counts as now`() throws {
        var book = AlertStates()
        book.apply(.occurred(.deadLetters, occurrence(1)), after: ahead)
        book.advance(after: .seconds(10))
        let alert = try #require(book.alerts[deadLetters])
        #expect(alert.since == .after(.seconds(10)))
        #expect(alert.lastEventAt == .after(.seconds(10)))
        #expect(alert.isFiring)
        #expect(book.isChanged)
        book.advance(after: .seconds(20))
        #expect(book.alerts[deadLetters]?.since == .after(.seconds(10)), "once")
    }

    @Test func `a delivery noted while the clock was ahead does not end the refusals after it`() throws {
        var book = AlertStates()
        book.apply(.delivered(reportedAt: .after(ahead)), after: ahead)
        book.advance(after: .seconds(10))
        let code = try #require(ReportCode("64008"))
        book.apply(
            .refused(.accountRefused, code, occurrence(500), reportedAt: .after(.seconds(20))), after: .seconds(21))
        book.advance(after: .seconds(30))
        #expect(book.firing.map(\.identity.name) == [.accountRefused])
    }
}
