import Engine
import Ledger
import Reconciliation
import Support
import Testing

/// What every ledger does with reports just come.
@Suite struct TakeContractTests {
    private let sifter = ReportSifter(
        mustConfirm: true, policy: Policy(), source: .webhook, random: SeededGenerator(seed: 1))

    private func entry(_ key: String, _ code: String?, _ service: String = "ALIMTALK") -> ReportEntry {
        ReportEntry(
            key: MessageKey(key), serviceType: service, code: code.flatMap { ReportCode($0) }, text: "words",
            reportedAt: now)
    }

    private func take(
        _ subject: any ContractSubject, _ entries: ReportEntry..., rejection: LedgerError? = nil,
        at time: Timestamp = now
    ) async throws -> TakeResult {
        try await subject.ledger.take(entries, by: sifter, puttingOffFor: rejection, at: time)
    }

    private func kept(_ subject: any ContractSubject, _ key: String) async throws -> ParkedReports? {
        try #require(try await subject.ledger.reported([MessageKey(key)]).first).kept
    }

    @Test("a delivery settles its row, whatever its age", arguments: ReportImplementation.allCases)
    func delivery(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .seconds(1))
        let result = try await take(subject, entry("a", "10000"))
        #expect(result.commit.applied.map(\.source) == [.webhook])
        #expect(result.decisions.map(\.message.key.text) == ["a"])
        #expect(result.unmatched == 0)
        #expect(result.unconfirmed == 0)
        #expect(await subject.status("a") == .sent)
        let again = try await take(subject, entry("a", "10000"))
        #expect(again.commit.applied.isEmpty)
        #expect(again.decisions.isEmpty)
    }

    @Test("a failure waits to be confirmed, and a stranger for its row", arguments: ReportImplementation.allCases)
    func parked(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        let result = try await take(subject, entry("a", "64016"), entry("b", "10000"))
        #expect(result.commit.applied.isEmpty)
        #expect(result.unmatched == 1)
        #expect(result.unconfirmed == 1)
        #expect(await subject.status("a") == .pending)
        #expect(try await kept(subject, "a")?.isMatched == true)
        #expect(try await kept(subject, "b")?.isMatched == false)
        #expect(try await subject.ledger.reportsToRetry(at: now, limit: 10).map(\.key.text) == ["a"])
    }

    @Test("reports of one message come to one outcome, in any order", arguments: ReportImplementation.allCases)
    func severalChannels(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["a", "b", "c"] { await subject.add(key, .pending, acceptedAt: now) }
        let together = try await take(
            subject, entry("a", "64016"), entry("b", "10000", "SMS"), entry("a", "10000", "SMS"))
        #expect(together.commit.applied.map(\.key.text) == ["a", "b"])
        #expect(try await take(subject, entry("b", "64016")).commit.applied.isEmpty)
        _ = try await take(subject, entry("c", "64016"))
        #expect(try await take(subject, entry("c", "10000", "SMS")).commit.applied.map(\.key.text) == ["c"])
        for key in ["a", "b", "c"] {
            #expect(await subject.status(key) == .sent)
            #expect(try await kept(subject, key) == nil)
        }
    }

    @Test("a delivery of a dead letter is a late report", arguments: ReportImplementation.allCases)
    func late(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .deadLetter, acceptedAt: now - .hours(1))
        #expect(try await take(subject, entry("a", "64016")).commit.applied.isEmpty)
        #expect(try await take(subject, entry("a", "10000")).commit.applied.map(\.isLate) == [true])
        #expect(await subject.status("a") == .sent)
    }

    @Test(
        "a refused account is told at once, though the failure is unconfirmed", arguments: ReportImplementation.allCases
    )
    func refusal(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        for _ in 1...2 { _ = try await take(subject, entry("a", "64008")) }
        let alerts = try await subject.ledger.alerts(at: now).alerts
        #expect(alerts.map(\.identity.name) == [.accountRefused])
        #expect(alerts.map(\.count) == [1])
    }

    @Test("what says nothing leaves nothing", arguments: ReportImplementation.allCases)
    func nothing(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now)
        let result = try await take(subject, entry("a", nil), entry("b", nil))
        #expect(result.decisions.isEmpty)
        #expect(result.unmatched == 0)
        #expect(try await kept(subject, "a") == nil)
        #expect(try await kept(subject, "b") == nil)
        #expect(try await take(subject) == TakeResult())
    }

    @Test("the row of a rejected one is put off, and its report kept", arguments: ReportImplementation.allCases)
    func rejected(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let rejection = LedgerError(.rowRejected, "CHECK constraint failed")
        let result = try await take(subject, entry("a", "10000"), rejection: rejection)
        #expect(result.commit.applied.isEmpty)
        #expect(await subject.status("a") == .pending)
        #expect(try await kept(subject, "a")?.tryAt == now + .hours(1))
        #expect(try await subject.ledger.refusals()?.examples.map(\.text) == ["a"])
    }

    @Test("what came after a decision was made is not lost by it", arguments: ReportImplementation.allCases)
    func inBetween(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["a", "b"] { await subject.add(key, .pending, acceptedAt: now) }
        _ = try await take(subject, entry("a", "64016"), entry("b", "64016"))
        let read = try await subject.ledger.reported([MessageKey("a"), MessageKey("b")])
        _ = try await take(subject, entry("a", "63005", "SMS"), entry("b", "10000", "SMS"), at: now + .seconds(1))
        // As a pass does that asked in vain: they are to wait longer.
        var random = SeededGenerator(seed: 1)
        let decisions = read.map { one in
            ReportDecision(one.key, nil, kept: one.kept?.triedInVain(at: now, random: &random), read: one.kept)
        }
        _ = try await subject.ledger.apply(decisions, at: now + .seconds(2))
        #expect(try await kept(subject, "a")?.entries.compactMap(\.code?.text).sorted() == ["63005", "64016"])
        #expect(try await kept(subject, "a")?.tryAt == now + .seconds(2))
        #expect(try await kept(subject, "b") == nil, "it was settled meanwhile")
        #expect(await subject.status("b") == .sent)
    }
}

/// What every ledger knows of webhooks afterwards.
extension TakeContractTests {
    @Test("one of those that webhooks settled is drawn", arguments: ReportImplementation.allCases)
    func drawn(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let ledger = subject.ledger
        #expect(try await ledger.settledByWebhook(since: now - .hours(1), draw: 0.5) == nil)
        for key in ["asked", "a", "b", "dead"] { await subject.add(key, .pending, acceptedAt: now - .hours(1)) }
        let asked = try #require(try await ledger.known([MessageKey("asked")], at: now).first).message
        _ = try await ledger.commit([asked.delivered()], at: now)
        _ = try await take(subject, entry("a", "10000"), entry("b", "10000"))
        let believing = ReportSifter(
            mustConfirm: false, policy: Policy(), source: .webhook, random: SeededGenerator(seed: 1))
        _ = try await ledger.take([entry("dead", "64016")], by: believing, puttingOffFor: nil, at: now)
        var drawn: Set<WebhookSample> = []
        for draw in stride(from: 0.0, to: 1.0, by: 0.1) {
            if let sample = try await ledger.settledByWebhook(since: now, draw: draw) { drawn.insert(sample) }
        }
        let expected = ["a": RowStatus.sent, "b": .sent, "dead": .deadLetter].map {
            WebhookSample(key: MessageKey($0.key), status: $0.value)
        }
        #expect(drawn == Set(expected))
        #expect(try await ledger.settledByWebhook(since: now + .seconds(1), draw: 0.5) == nil)
    }

    @Test("where webhooks came from is noted anew each time")
    func peers() async throws {
        let fixture = Fixture { $0.findsByKey = true }
        let ledger = try fixture.open()
        #expect(try await ledger.webhookPeers().isEmpty)
        let peers = [
            WebhookPeer(connection: "127.0.0.1", isForwarded: true, source: "192.0.2.1"),
            WebhookPeer(connection: "unix", isForwarded: false, source: nil),
        ]
        try await ledger.keep(peers)
        #expect(try await ledger.webhookPeers() == peers)
        try await ledger.keep([peers[1]])
        #expect(try await ledger.webhookPeers() == [peers[1]])
        try await ledger.keep([])
        #expect(try await ledger.webhookPeers().isEmpty)
    }
}
