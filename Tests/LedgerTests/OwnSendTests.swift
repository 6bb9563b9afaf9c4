import Engine
import Ledger
import Reconciliation
import Testing

/// Sends, whose rows are there before their messages are accepted.
@Suite struct OwnSendTests {
    private let key = SendKey("bzr-1")

    private func send(_ recipients: Int = 3, serviceType: String? = "ALIMTALK") throws -> NewSend {
        let list = (0..<recipients).map { #"{"to":"0100000000\#($0)"}"# }.joined(separator: ",")
        let request = try SendRequest(body: Array(#"{"destinations":[\#(list)],"messageFlow":[{"alimtalk":{}}]}"#.utf8))
        return NewSend(request, as: key, serviceType: serviceType)
    }

    private func begun(_ fixture: Fixture = Fixture()) async throws -> (Fixture, SQLLedger) {
        let ledger = try fixture.open()
        try await ledger.begin(try send(), at: now)
        return (fixture, ledger)
    }

    private func conclude(
        _ ledger: SQLLedger, _ outcomes: [Int: RecipientOutcome], trouble: String? = nil, isKnown: Bool = false,
        at time: Timestamp = now
    ) async throws -> SendStory {
        try await ledger.conclude(
            key, OpenSend.Conclusion(outcomes: outcomes, trouble: trouble, isKnownToProvider: isKnown), lookedAt: nil,
            tryAt: time + .seconds(5), at: time)
    }

    private func accepted(_ text: String, isNew: Bool = true) -> RecipientOutcome {
        .accepted(MessageKey(text), isNew: isNew)
    }

    private let columns =
        "SELECT external_id, status, service_type, error_message FROM notification_history ORDER BY id"

    @Test("rows and request are there before anything is sent")
    func rowsAndRequestAreThere() async throws {
        let (fixture, ledger) = try await begun()
        #expect(fixture.raw.rows(columns) == Array(repeating: [nil, "PENDING", "ALIMTALK", nil], count: 3))
        let open = try #require(try await ledger.openSends(at: now, limit: 10).first)
        #expect(open == OpenSend(key: key, createdAt: now, open: [0, 1, 2]))
        #expect(try await ledger.openSend(key) == open)
        #expect(try await ledger.story(of: key)?.isClosed == false)
        // No question can be asked about them.
        #expect(try await ledger.walk(at: now + .hours(1)).isEmpty)
    }

    @Test("a try is noted before it is made, with the body as it was")
    func aTryIsNoted() async throws {
        let (fixture, ledger) = try await begun()
        let body = try #require(try await ledger.beginTry(of: key, at: now + .seconds(1)))
        #expect(body == (try send()).body)
        let open = try await ledger.openSend(key)
        #expect(open?.tries == 1)
        #expect(open?.lastTriedAt == now + .seconds(1))
        #expect(fixture.raw.value("SELECT tries FROM reconciler_send") == "1")
    }

    @Test("accepted recipients have their keys, others are dead letters, and the body is forgotten")
    func acceptedRecipientsHaveTheirKeys() async throws {
        let (fixture, ledger) = try await begun()
        let story = try await conclude(ledger, [0: accepted("K1"), 1: .rejected("A306"), 2: accepted("K3")])
        #expect(story.isClosed)
        #expect(story.accepted.map(\.text) == ["K1", "K3"])
        #expect(
            fixture.raw.rows(columns) == [
                ["K1", "PENDING", "ALIMTALK", nil], [nil, "DEAD_LETTER", "ALIMTALK", "[NOT ACCEPTED] A306"],
                ["K3", "PENDING", "ALIMTALK", nil],
            ])
        #expect(try await ledger.openSends(at: now + .hours(1), limit: 10).isEmpty)
        #expect(try await ledger.openSend(key) == nil)
        #expect(try await ledger.beginTry(of: key, at: now) == nil)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_send WHERE body IS NULL") == 1)
        #expect(try await ledger.walk(at: now + .hours(1)).map(\.key.text).sorted() == ["K1", "K3"])
        #expect(try await fixture.open(.readOnly).story(of: key) == story)
    }

    @Test("what is not known of all is gone on with later")
    func whatIsNotKnownOfAll() async throws {
        let (fixture, ledger) = try await begun()
        let story = try await conclude(ledger, [1: accepted("K2")], trouble: "time-out", isKnown: true)
        #expect(!story.isClosed)
        #expect(story.unknown == 2)
        #expect(story.trouble == "time-out")
        #expect(try await ledger.openSends(at: now + .seconds(4), limit: 10).isEmpty)
        let open = try #require(try await ledger.openSends(at: now + .seconds(5), limit: 10).first)
        #expect(open.isKnownToProvider)
        #expect(open.failures == 1)
        #expect(open.open == [0, 2])
        #expect(fixture.raw.rows(columns).map { $0[0] } == [nil, "K2", nil])
        // By a clock that was put back.
        #expect(try await ledger.openSends(at: now - .hours(5), limit: 10).count == 1)
        let end = try await conclude(ledger, [0: accepted("K1"), 2: accepted("K3")])
        #expect(end.isClosed)
        #expect(fixture.raw.rows(columns).map { $0[0] } == ["K1", "K2", "K3"])
    }

    @Test("a message accepted much later than its row was written is as old as that")
    func aMessageAcceptedMuchLater() async throws {
        let (fixture, ledger) = try await begun()
        let later = now + .hours(5)
        _ = try await conclude(
            ledger, [0: accepted("K1"), 1: accepted("K2", isNew: false), 2: .rejected("A306")], at: later)
        #expect(
            fixture.raw.rows("SELECT created_at, updated_at FROM notification_history ORDER BY id LIMIT 2") == [
                ["2027-01-15T22:00:00+09:00", "2027-01-15T22:00:00+09:00"],
                ["2027-01-15T17:00:00+09:00", "2027-01-15T22:00:00+09:00"],
            ])
    }

    @Test("a row that is gone is written anew; one whose message has a row already gets no key")
    func aRowThatIsGone() async throws {
        let (fixture, ledger) = try await begun()
        fixture.raw.run("DELETE FROM notification_history WHERE id = 1")
        fixture.raw.run("UPDATE notification_history SET external_id = 'other' WHERE id = 2")
        fixture.raw.run("INSERT INTO notification_history (external_id, created_at) VALUES ('K3', '2027-01-15')")
        _ = try await conclude(ledger, [0: accepted("K1"), 1: accepted("K2"), 2: accepted("K3")])
        #expect(
            fixture.raw.rows("SELECT external_id, status FROM notification_history ORDER BY external_id") == [
                [nil, "DEAD_LETTER"], ["K1", "PENDING"], ["K2", "PENDING"], ["K3", "PENDING"], ["other", "PENDING"],
            ])
    }

    @Test("given up, it is told, and its rows are left")
    func givenUpItIsTold() async throws {
        let (fixture, ledger) = try await begun()
        _ = try await conclude(ledger, [1: accepted("K2")], trouble: "time-out")
        let story = try await ledger.giveUp(key, at: now + .hours(26))
        #expect(story.isClosed)
        #expect(story.unknown == 2)
        #expect(fixture.raw.rows(columns).map { $0[1] } == ["PENDING", "PENDING", "PENDING"])
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_send WHERE body IS NULL") == 1)
        let alert = try #require(try await ledger.alerts(at: now + .hours(26)).alerts.first)
        #expect(alert.identity.name == .staleMessages)
        #expect(alert.count == 2)
        #expect(alert.examples.map(\.text) == ["bzr-1.1", "bzr-1.3"])
        #expect(alert.tally == ["unverifiable": 2])
    }

    @Test("a column that wants a key, or a value of the application's, is named before anything is written")
    func aColumnThatWantsAKey() async throws {
        let strict = Fixture(
            table: Fixture.table.replacing("external_id TEXT UNIQUE", with: "external_id TEXT NOT NULL UNIQUE"))
        let error = await #expect(throws: LedgerError.self) {
            try await strict.open().begin(try send(), at: now)
        }
        #expect(error?.kind == .unusable)
        #expect(error?.message.contains("external_id") == true)
        #expect(error?.message.contains("NOT NULL") == true)
        let wanting = Fixture(
            table: Fixture.table.replacing("updated_at TEXT", with: "updated_at TEXT, note TEXT NOT NULL"))
        let other = await #expect(throws: LedgerError.self) { try await wanting.open().begin(try send(), at: now) }
        #expect(other?.message.contains("column note") == true)
        #expect(wanting.raw.count("SELECT count(*) FROM reconciler_send") == 0)
    }

    @Test("closed ones are forgotten with the audit")
    func closedOnesAreForgotten() async throws {
        let (fixture, ledger) = try await begun()
        _ = try await conclude(ledger, [0: accepted("K1"), 1: accepted("K2"), 2: accepted("K3")])
        func finish(at time: Timestamp) async throws {
            let record = CycleRecord(
                startedAt: time, duration: .seconds(1), result: .ok, health: ProviderHealth(since: now))
            try await ledger.finish(record, at: time)
        }
        try await finish(at: now + .days(89))
        #expect(try await ledger.story(of: key) != nil)
        try await finish(at: now + .days(91))
        #expect(try await ledger.story(of: key) == nil)
        #expect(fixture.raw.count("SELECT count(*) FROM reconciler_send_recipient") == 0)
    }
}
