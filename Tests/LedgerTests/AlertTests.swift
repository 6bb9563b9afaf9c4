import Engine
import Ledger
import Reconciliation
import Testing

/// Alerts and what sinks were told of them.
@Suite struct OutboxTests {
    private static let both = [
        LedgerConfiguration.Sink(name: "log"),
        LedgerConfiguration.Sink(name: "pager", minimumSeverity: .critical),
    ]

    private func fixture(_ sinks: [LedgerConfiguration.Sink] = both) -> Fixture {
        let fixture = Fixture { $0.sinks = sinks }
        fixture.addPending(1...20)
        return fixture
    }

    private func failAll(_ ledger: SQLLedger, _ code: String, at time: Timestamp = now) async throws {
        _ = try await ledger.commit(try await ledger.walk(at: time).map { $0.failed(code, at: time) }, at: time)
    }

    private let refused = AlertIdentity(.accountRefused, labels: ["code": "64008"])

    @Test("an outcome commits together with the alert it causes")
    func anOutcomeCommitsTogetherWithTheAlertItCauses() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        try await failAll(ledger, "64008")
        let snapshot = try await ledger.alerts(at: now)
        #expect(snapshot.alerts.map(\.identity.dedupKey) == ["AccountRefused{code=64008}", "DeadLetters"])
        let alert = try #require(snapshot.alerts.first)
        #expect(alert.count == 20)
        #expect(alert.examples.count == 10)
        #expect(alert.since == now)
        #expect(alert.refusedAt == now)
        #expect(snapshot.alerts.last?.tally == ["account": 20, "64008": 20])
        // Severity error is below what the pager wants to hear of.
        #expect(
            snapshot.tellings.map { "\($0.identity.name.rawValue) \($0.sink)" }
                == ["AccountRefused log", "AccountRefused pager", "DeadLetters log"])
        #expect(snapshot.tellings.allSatisfy { $0.episode == 0 })
        #expect(snapshot.tellings.allSatisfy { $0.toldAt == nil })
    }

    @Test("everything survives a restart")
    func everythingSurvivesARestart() async throws {
        let fixture = fixture()
        var ledger = try fixture.open()
        try await failAll(ledger, "64008")
        let before = try await ledger.alerts(at: now)
        var told = try #require(before.tellings.first).told(.firing, of: before.alerts[0], at: now)
        try await ledger.record(told)
        told.isBegun = true
        try await ledger.record(told)
        #expect(try await fixture.open().alerts(at: now).tellings.first == told)
        told = told.refused(at: now, notBefore: now + .minutes(1))
        try await ledger.record(told)
        await ledger.close()
        ledger = try fixture.open()
        let after = try await ledger.alerts(at: now)
        #expect(after.alerts == before.alerts)
        #expect(after.tellings.first == told)
        #expect(Array(after.tellings.dropFirst()) == Array(before.tellings.dropFirst()))
    }

    @Test("a resolved alert is shown until everybody who was told knows")
    func aResolvedAlertIsShownUntilEverybodyWhoWasToldKnows() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        try await failAll(ledger, "64008")
        let firing = try await ledger.alerts(at: now)
        for telling in firing.tellings where telling.identity == refused {
            try await ledger.record(telling.told(.firing, of: firing.alerts[0], at: now))
        }
        fixture.addPending(21...21)
        let later = now + .minutes(5)
        _ = try await ledger.commit(try await ledger.walk(at: later).map { $0.delivered(at: later) }, at: later)
        let resolved = try #require(try await ledger.alerts(at: later).alerts.first { $0.identity == refused })
        #expect(resolved.state == .resolved)
        #expect(resolved.resolvedAt == later)

        for telling in try await ledger.alerts(at: later).tellings where telling.identity == refused {
            #expect(try await ledger.alerts(at: later).alerts.contains { $0.identity == refused })
            try await ledger.record(telling.told(.resolved, of: resolved, at: later))
        }
        #expect(try await !ledger.alerts(at: later).alerts.contains { $0.identity == refused })
    }

    @Test("what is acknowledged beside the daemon is seen by it")
    func whatIsAcknowledgedBesideTheDaemonIsSeenByIt() async throws {
        let fixture = fixture()
        let daemon = try fixture.open()
        try await failAll(daemon, "64008")
        var beside = fixture.configuration
        beside.sinks = []
        let command = try SQLLedger.open(beside, mode: .readWrite)
        let later = now + .minutes(1)
        #expect(try await command.acknowledge(.accountRefused, labels: ["code": "1"], at: later).isEmpty)
        let alerts = try await command.acknowledge(.accountRefused, labels: ["code": "64008"], at: later)
        #expect(alerts.map(\.identity) == [refused])
        let seen = try await daemon.alerts(at: later)
        #expect(seen.alerts.map(\.isAcknowledged) == [true, false])
        #expect(seen.tellings.count == 3, "nobody is forgotten by a command that knows no sinks")
        #expect(try await command.acknowledge(.accountRefused, labels: [:], at: later).map(\.isAcknowledged) == [true])
    }

    @Test("an alert that resolved before it was told is told all the same")
    func anAlertThatResolvedBeforeItWasToldIsToldAllTheSame() async throws {
        let fixture = fixture()
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        let refusal = AlertObservation.refused(
            .accountRefused, ReportCode("64008")!, AlertOccurrence(count: 3), reportedAt: now)
        try await ledger.observe([refusal, .delivered(reportedAt: now + .seconds(1))], at: now + .seconds(2))
        let snapshot = try await ledger.alerts(at: now + .seconds(3))
        #expect(snapshot.alerts.map(\.state) == [.resolved])
        #expect(snapshot.tellings.count == 2)
    }

    @Test("what was over before a sink heard of it goes on with the next messages, and not once all have heard")
    func whatWasOverUnheardGoesOn() async throws {
        let fixture = fixture()
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        for hours: Int64 in [0, 5, 10] {
            try await ledger.observe([three], at: now + .hours(hours))
            #expect(try await ledger.alerts(at: now + .hours(hours + 4)).alerts.map(\.isFiring) == [false])
        }
        let snapshot = try await ledger.alerts(at: now + .hours(14))
        let alert = try #require(snapshot.alerts.first)
        #expect(alert.count == 9 && alert.episode == 1)
        // The pager, which hears of none such, is not waited for.
        for kind in [NotificationKind.firing, .resolved] {
            try await ledger.record(try #require(snapshot.tellings.first).told(kind, of: alert, at: now + .hours(14)))
        }
        try await ledger.observe([three], at: now + .hours(15))
        let next = try await ledger.alerts(at: now + .hours(15)).alerts
        #expect(next.map(\.count) == [3] && next.map(\.episode) == [2])
    }

    private let three = AlertObservation.occurred(.deadLetters, AlertOccurrence(count: 3))

    @Test("what ends unheard goes on, also where nobody has looked before the next messages")
    func whatEndsUnheardGoesOnWithWhatFindsItOver() async throws {
        let fixture = fixture()
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        for (hours, count): (Int64, Int) in [(0, 3), (5, 6), (10, 9)] {
            let time = now + .hours(hours)
            try await ledger.observe([.delivered(reportedAt: time), three], at: time)
            let snapshot = try await ledger.alerts(at: time)
            #expect(snapshot.alerts.map(\.count) == [count] && snapshot.alerts.map(\.episode) == [1])
        }
    }

    /// A refusal of so many messages, reported then.
    private func refusal(_ count: Int, _ seconds: Int64) -> AlertObservation {
        .refused(
            .accountRefused, ReportCode("64008")!, AlertOccurrence(count: count), reportedAt: now + .seconds(seconds))
    }

    @Test("refusals that a delivery ends unheard go on with the next ones of one commit")
    func refusalsThatEndUnheardGoOn() async throws {
        let fixture = fixture()
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        try await ledger.observe([refusal(500, 0)], at: now + .seconds(10))
        let delivered = AlertObservation.delivered(reportedAt: now + .seconds(1))
        try await ledger.observe([delivered, refusal(7, 2)], at: now + .seconds(20))
        let alerts = try await ledger.alerts(at: now + .seconds(20)).alerts
        #expect(alerts.map(\.count) == [507] && alerts.map(\.episode) == [1] && alerts.map(\.isFiring) == [true])
    }

    @Test("and so do those that begin, end and begin again in one commit, whatever is known of earlier ones")
    func refusalsThatBeginEndAndBeginAgainGoOn() async throws {
        let fixture = fixture()
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        for (episode, start): (Int, Int64) in [(1, 0), (2, 100)] {
            let time = now + .seconds(start + 10)
            let delivered = AlertObservation.delivered(reportedAt: now + .seconds(start + 1))
            try await ledger.observe([refusal(500, start), delivered, refusal(7, start + 2)], at: time)
            let last = AlertObservation.delivered(reportedAt: now + .seconds(start + 3))
            try await ledger.observe([last], at: time)
            let snapshot = try await ledger.alerts(at: time)
            #expect(snapshot.alerts.map(\.count) == [507] && snapshot.alerts.map(\.episode) == [episode])
            for telling in snapshot.tellings {
                for kind in [NotificationKind.firing, .resolved] {
                    try await ledger.record(telling.told(kind, of: snapshot.alerts[0], at: time))
                }
            }
        }
    }

    @Test("time ends what it ends")
    func timeEndsWhatItEnds() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        try await failAll(ledger, "64016")
        let firing = try await ledger.alerts(at: now + .hours(3))
        #expect(firing.alerts.map(\.isFiring) == [true])
        try await ledger.record(firing.tellings[0].told(.firing, of: firing.alerts[0], at: now))
        let over = try await ledger.alerts(at: now + .hours(5))
        #expect(over.alerts.map(\.state) == [.resolved])
        #expect(fixture.raw.value("SELECT state FROM reconciler_alert") == "resolved")
    }

    @Test("a condition is held and ends")
    func aConditionIsHeldAndEnds() async throws {
        let fixture = fixture()
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        let identity = AlertIdentity(.providerUnreachable)
        try await ledger.observe([.holds(identity, detail: "HTTP 503", cause: .key)], at: now)
        #expect(try await fixture.open().alerts(at: now).alerts.first?.cause == .key)
        try await ledger.observe([.over(identity)], at: now + .minutes(1))
        #expect(try await ledger.alerts(at: now + .minutes(2)).alerts.first?.detail == "HTTP 503")
        #expect(try await ledger.alerts(at: now + .minutes(12)).alerts.isEmpty)
    }

    @Test("a sink is not told of its own failing")
    func aSinkIsNotToldOfItsOwnFailing() async throws {
        let sinks = ["a", "b"].map { LedgerConfiguration.Sink(name: $0) }
        let fixture = fixture(sinks)
        defer { withExtendedLifetime(fixture) {} }
        let ledger = try fixture.open()
        try await ledger.observe([.holds(AlertIdentity(.sinkFailing, labels: ["sink": "a"]), detail: "x")], at: now)
        #expect(try await ledger.alerts(at: now).tellings.map(\.sink) == ["b"])
    }

    @Test("a new sink learns of what fires and not of history")
    func aNewSinkLearnsOfWhatFiresAndNotOfHistory() async throws {
        var fixture = fixture([LedgerConfiguration.Sink(name: "log")])
        var ledger = try fixture.open()
        try await failAll(ledger, "64008")
        try await ledger.observe([.delivered(reportedAt: now + .seconds(1))], at: now + .seconds(1))
        await ledger.close()
        fixture.configuration.sinks.append(LedgerConfiguration.Sink(name: "new"))
        ledger = try fixture.open()
        let tellings = try await ledger.alerts(at: now + .seconds(2)).tellings
        #expect(
            tellings.map { "\($0.identity.name.rawValue) \($0.sink)" }
                == ["AccountRefused log", "DeadLetters log", "DeadLetters new"])
    }

    @Test("a sink that is gone is forgotten")
    func aSinkThatIsGoneIsForgotten() async throws {
        var fixture = fixture()
        let ledger = try fixture.open()
        try await failAll(ledger, "64008")
        #expect(try await ledger.alerts(at: now).tellings.contains { $0.sink == "pager" })
        await ledger.close()
        fixture.configuration.sinks.removeLast()
        #expect(try await fixture.open().alerts(at: now).tellings.allSatisfy { $0.sink == "log" })
    }

    @Test("a sink that hears less is still told the end of what it was told of")
    func aSinkThatHearsLessIsStillToldTheEndOfWhatItWasToldOf() async throws {
        var fixture = fixture([LedgerConfiguration.Sink(name: "a"), LedgerConfiguration.Sink(name: "b")])
        var ledger = try fixture.open()
        try await failAll(ledger, "64016")
        let alert = try #require(try await ledger.alerts(at: now).alerts.first)
        try await ledger.record(
            NotificationRecord(identity: alert.identity, sink: "a").told(.firing, of: alert, at: now))
        await ledger.close()
        for index in 0..<2 { fixture.configuration.sinks[index].minimumSeverity = .critical }
        ledger = try fixture.open()
        #expect(try await ledger.alerts(at: now).tellings.map(\.sink) == ["a"], "b was not told")
        let end = now + .hours(4)
        let over = try #require(try await ledger.alerts(at: end).alerts.first { !$0.isFiring })
        try await ledger.record(
            NotificationRecord(identity: over.identity, sink: "a").told(.resolved, of: over, at: end))
        #expect(try await ledger.alerts(at: end) == AlertSnapshot())
    }

    @Test("a command without sinks leaves the outbox alone")
    func aCommandWithoutSinksLeavesTheOutboxAlone() async throws {
        var fixture = fixture()
        let ledger = try fixture.open()
        try await failAll(ledger, "64008")
        let before = try await ledger.alerts(at: now)
        fixture.configuration.sinks = []
        let command = try fixture.open()
        _ = try await command.requeue([MessageKey("m1")], at: now)
        #expect(try await ledger.alerts(at: now) == before)
    }

    @Test("a reader sees the alerts and writes nothing")
    func aReaderSeesTheAlertsAndWritesNothing() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        try await failAll(ledger, "64016")
        let reader = try fixture.open(.readOnly)
        #expect(try await reader.alerts(at: now).alerts == ledger.alerts(at: now).alerts)
        #expect(try await reader.alerts(at: now + .days(1)).alerts.map(\.state) == [.resolved])
        #expect(fixture.raw.value("SELECT state FROM reconciler_alert") == "firing")
    }

    @Test("what is not new is not written")
    func whatIsNotNewIsNotWritten() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        _ = try await ledger.alerts(at: now)
        try await ledger.observe([.delivered(reportedAt: now)], at: now)
        let before = fixture.raw.value("PRAGMA data_version")
        let watcher = fixture.raw
        let version = watcher.value("PRAGMA data_version")
        try await ledger.observe([.over(AlertIdentity(.backlog)), .delivered(reportedAt: now)], at: now)
        _ = try await ledger.alerts(at: now)
        #expect(watcher.value("PRAGMA data_version") == version)
        #expect(before != nil)
    }

    @Test("a telling of an alert that is forgotten leaves no trace")
    func aTellingOfAnAlertThatIsForgottenLeavesNoTrace() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        try await ledger.record(NotificationRecord(identity: AlertIdentity(.backlog), sink: "log"))
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_telling") == 0)
    }
}

/// What ends `AccountRefused`, across restarts and for deliveries that only the application saw.
@Suite struct RefusalTests {
    private func refused(at time: Timestamp) -> AlertObservation {
        .refused(.accountRefused, ReportCode("64008")!, AlertOccurrence(count: 1), reportedAt: time)
    }

    private func state(_ fixture: Fixture) -> [[String?]] {
        fixture.raw.rows("SELECT state, episode, delivered_at FROM reconciler_alert WHERE name = 'AccountRefused'")
    }

    private func milliseconds(_ time: Timestamp) -> String { String(time.milliseconds) }

    @Test("the latest delivery is remembered for good")
    func theLatestDeliveryIsRememberedForGood() async throws {
        let fixture = Fixture { $0.sinks = [LedgerConfiguration.Sink(name: "log")] }
        fixture.addPending(1...2)
        var ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit([due[0].delivered()], at: now)
        try await ledger.observe([.delivered(reportedAt: now + .seconds(5))], at: now + .seconds(6))
        try await ledger.observe([.delivered(reportedAt: now + .seconds(1))], at: now + .seconds(7))
        await ledger.close()

        ledger = try fixture.open()
        try await ledger.observe([refused(at: now + .seconds(4))], at: now + .hours(1))
        try await ledger.observe([refused(at: now + .seconds(3))], at: now + .hours(2))
        #expect(state(fixture) == [["resolved", "1", milliseconds(now + .seconds(5))]])
        #expect(try await ledger.alerts(at: now + .hours(2)).tellings.count == 1, "still to be told")
        try await ledger.observe([refused(at: now + .seconds(5))], at: now + .hours(3))
        #expect(state(fixture) == [["firing", "1", nil]], "goes on, as nobody has heard of it")
    }

    private func finish(_ ledger: SQLLedger, at time: Timestamp = now) async throws {
        let cycle = CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: time)
    }

    /// A row as the application's webhook leaves it.
    private func addSent(_ fixture: Fixture, _ id: Int, accepted: Timestamp) {
        fixture.addPending(id...id, age: now - accepted)
        fixture.set("m\(id)", "SENT")
    }

    @Test("a row that the application turned to sent ends it")
    func aRowThatTheApplicationTurnedToSentEndsIt() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.observe([refused(at: now - .minutes(10))], at: now)
        addSent(fixture, 1, accepted: now - .minutes(11))
        addSent(fixture, 2, accepted: now - .minutes(10))
        addSent(fixture, 3, accepted: now + .minutes(1))
        fixture.addPending(4...4, age: .minutes(1))
        try await finish(ledger)
        #expect(state(fixture) == [["firing", "1", nil]])
        addSent(fixture, 5, accepted: now - .minutes(9))
        addSent(fixture, 6, accepted: now - .minutes(8))
        try await finish(ledger)
        #expect(state(fixture) == [["resolved", "1", milliseconds(now - .minutes(8))]])
        try await ledger.observe([refused(at: now - .minutes(9))], at: now + .minutes(1))
        #expect(state(fixture).first?[0] == "resolved", "the delivery is remembered")
    }

    @Test("a row that the reconciler settled itself ends nothing")
    func aRowThatTheReconcilerSettledItselfEndsNothing() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.observe([refused(at: now - .minutes(10))], at: now)
        addSent(fixture, 1, accepted: now - .minutes(1))
        fixture.raw.run(
            "INSERT INTO reconciler_audit (at, message_key, row_id, from_status, to_status, source) "
                + "VALUES (\(now.milliseconds), 'm1', 1, 'pending', 'sent', 'inquiry')")
        try await finish(ledger)
        #expect(state(fixture).first?[0] == "firing")
    }

    @Test("only the newest rows are looked at")
    func onlyTheNewestRowsAreLookedAt() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        try await ledger.observe([refused(at: now - .hours(2))], at: now)
        addSent(fixture, 1, accepted: now - .minutes(1))
        fixture.addPending(2...1001)
        try await finish(ledger)
        #expect(state(fixture).first?[0] == "firing")
        fixture.raw.run("DELETE FROM notification_history WHERE id = 1001")
        try await finish(ledger)
        #expect(state(fixture).first?[0] == "resolved")
    }

    @Test("without refusals nothing is remembered")
    func withoutRefusalsNothingIsRemembered() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        addSent(fixture, 1, accepted: now - .minutes(1))
        try await finish(ledger)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_meta WHERE key = 'last_delivery_at'") == 0)
    }
}
