import Engine
import Ledger
import Reconciliation
import Testing

/// What the ledger tells of its messages as a whole.
@Suite struct WatchTests {
    private func settle(_ fixture: Fixture, _ key: String, updated: Duration? = nil, accepted: Duration = .minutes(5)) {
        let time = updated.map { "'\((now - $0).iso8601())'" } ?? "NULL"
        fixture.raw.run(
            """
            INSERT INTO notification_history (external_id, status, created_at, updated_at)
            VALUES ('\(key)', 'SENT', '\((now - accepted).iso8601())', \(time))
            """)
    }

    @Test("pending messages are counted up to the limit, the oldest by its time; those without a key are not there yet")
    func pending() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        #expect(try await ledger.pendingOutline(countingUpTo: 10) == PendingOutline(unreadable: UnreadableRows()))
        fixture.addPending(1...5, age: .hours(1))
        fixture.addPending(6...8, age: .hours(3))
        fixture.raw.run(
            "INSERT INTO notification_history (status, created_at) VALUES ('PENDING', '\((now - .days(9)).iso8601())')")
        settle(fixture, "old", accepted: .days(2))
        #expect(
            try await ledger.pendingOutline(countingUpTo: 100)
                == PendingOutline(count: 8, oldestAcceptedAt: now - .hours(3), unreadable: UnreadableRows()))
        #expect(try await ledger.pendingOutline(countingUpTo: 3).count == 3)
    }

    @Test("what was found by asking is told from what the application settled, each in the time it was settled")
    func settled() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...4)
        for key in ["m1", "m2"] {
            guard let message = try await ledger.dueMessage(key) else { Issue.record("not due"); return }
            _ = try await ledger.commit([key == "m1" ? message.delivered() : message.failed("64016")], at: now)
        }
        guard let stale = try await ledger.dueMessage("m3") else { Issue.record("not due"); return }
        _ = try await ledger.commit([stale.open(at: now + .days(4))], at: now)
        settle(fixture, "w1", updated: .minutes(3), accepted: .hours(5))
        settle(fixture, "w2")
        settle(fixture, "w3", updated: .hours(2), accepted: .minutes(5))
        settle(fixture, "w4", accepted: .hours(2))
        #expect(
            try await ledger.settledShare(since: now - .hours(1), until: now)
                == SettledShare(byAsking: 2, elsewhere: 2), "given up is not found; by updated_at, else by created_at")
        #expect(
            try await ledger.settledShare(since: now - .hours(9), until: now)
                == SettledShare(byAsking: 2, elsewhere: 4))
        #expect(
            try await ledger.settledShare(since: now + .seconds(1), until: now + .seconds(2)) == SettledShare())
    }

    @Test("without updated_at the time of acceptance stands for it")
    func unmapped() async throws {
        let fixture = Fixture { $0.columns.updatedAt = nil }
        let ledger = try fixture.open()
        settle(fixture, "w1", updated: .minutes(3), accepted: .hours(5))
        settle(fixture, "w2", updated: .hours(5), accepted: .minutes(3))
        #expect(try await ledger.settledShare(since: now - .hours(1), until: now) == SettledShare(elsewhere: 1))
    }

    @Test("a time to ask again that only a clock ahead can have noted is brought back")
    func farAway() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        fixture.addPending(1...1)
        guard let message = try await ledger.dueMessage("m1") else { Issue.record("not due"); return }
        _ = try await ledger.commit([message.open(at: now)], at: now)
        fixture.raw.run("UPDATE reconciler_message SET next_ask_at = next_ask_at + 31536000000")
        #expect(try await ledger.dueMessage("m1", at: now + .days(2)) == nil)
        let record = CycleRecord(
            startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(record, at: now)
        #expect(try await ledger.dueMessage("m1") != nil)
    }
}

/// What metrics are told of the table.
@Suite struct TableCountsTests {
    private func fixture(createIndex: Bool) -> Fixture {
        let fixture = Fixture { $0.createIndex = createIndex }
        fixture.addPending(1...3, age: .hours(2))
        fixture.raw.run(
            """
            INSERT INTO notification_history (id, external_id, status, created_at) VALUES
                (4, NULL, 'PENDING', '2001-01-01T00:00:00Z'), (5, 's', 'SENT', '2001-01-01T00:00:00Z'),
                (6, 'd', 'DEAD_LETTER', '2001-01-01T00:00:00Z'), (7, 'o', 'CANCELLED', '2001-01-01T00:00:00Z')
            """)
        return fixture
    }

    @Test("with an index pending rows are counted at once")
    func withAnIndexPendingRowsAreCountedAtOnce() async throws {
        let fixture = fixture(createIndex: true)
        try fixture.makeIndex()
        let standing = try await fixture.open().standing()
        #expect(standing.pending == 4)
        #expect(standing.oldestAcceptedAt == now - .hours(2), "one without a key is not with the provider")
        #expect(standing.databaseBytes > 0)
        #expect(standing.databaseBytes % 512 == 0)
    }

    @Test("without an index nothing is walked")
    func withoutAnIndexNothingIsWalked() async throws {
        let fixture = fixture(createIndex: false)
        let standing = try await fixture.open().standing()
        #expect(standing.pending == nil)
        #expect(standing.oldestAcceptedAt == nil)
    }

    @Test("a small table is one part")
    func aSmallTableIsOnePart() async throws {
        let fixture = fixture(createIndex: false)
        let part = try await fixture.open().count(past: nil)
        #expect(part.rows == [.pending: 4, .sent: 1, .deadLetter: 1, .other: 1])
        #expect(part.oldestAcceptedAt == now - .hours(2))
        #expect(part.last == nil)
    }

    @Test("a larger table is counted in parts")
    func aLargerTableIsCountedInParts() async throws {
        let fixture = Fixture()
        fixture.raw.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
            INSERT INTO notification_history (external_id, status, created_at)
            SELECT 'k' || i, CASE WHEN i % 2 THEN 'SENT' ELSE 'PENDING' END, '2020-01-01T00:00:00Z' FROM n
            """)
        let ledger = try fixture.open()
        var table = try await ledger.count(past: nil)
        #expect(table.last == RowLocator(50_000))
        #expect(table.rows == [.sent: 25_000, .pending: 25_000])
        var parts = 1
        while let last = table.last {
            table.append(try await ledger.count(past: last))
            parts += 1
        }
        #expect(parts == 3)
        #expect(table.rows == [.sent: 60_000, .pending: 60_000])
    }
}

/// Status words that fit no row.
@Suite struct UnmappedStatusTests {
    private let fixture = Fixture()

    private func set(_ status: String, _ condition: String = "1") {
        fixture.raw.run("UPDATE notification_history SET status = '\(status)' WHERE \(condition)")
    }

    @Test("an empty table and one with a configured word are fine")
    func anEmptyTableAndOneWithAConfiguredWordAreFine() async throws {
        let ledger = try fixture.open()
        #expect(try await ledger.unmappedStatuses() == nil)
        fixture.addPending(1...5)
        set("draft", "external_id <> 'm1'")
        #expect(try await ledger.unmappedStatuses() == nil)
    }

    @Test("other words are told by their number, without telephone numbers")
    func otherWordsAreToldByTheirNumberWithoutTelephoneNumbers() async throws {
        let ledger = try fixture.open()
        fixture.addPending(1...9)
        set("pending")
        set("sent", "external_id IN ('m1', 'm2', 'm3')")
        set("010-0000-0000", "external_id IN ('m4', 'm5')")
        set("rare", "external_id = 'm6'")
        let statuses = try #require(try await ledger.unmappedStatuses())
        #expect(statuses.rows == 9)
        #expect(statuses.examples.count == 3)
        #expect(statuses.examples.prefix(2) == ["pending", "sent"])
        #expect(statuses.examples.allSatisfy { !$0.contains("0000") })
    }

    @Test("only the newest rows are looked at")
    func onlyTheNewestRowsAreLookedAt() async throws {
        let ledger = try fixture.open()
        fixture.addPending(1...1001)
        set("pending", "external_id <> 'm1'")
        #expect(try await ledger.unmappedStatuses()?.rows == 1000)
    }
}

/// Rows that nobody can judge: how many there are, and what is said of them.
@Suite struct UnreadableRowTests {
    private let fixture = Fixture()

    private func set(_ assignment: String, _ condition: String) {
        fixture.raw.run("UPDATE notification_history SET \(assignment) WHERE \(condition)")
    }

    private func unreadable(_ ledger: SQLLedger) async throws -> UnreadableRows? {
        try await ledger.pendingOutline(countingUpTo: 1).unreadable
    }

    @Test("pending rows are counted by what cannot be read, and no others")
    func counted() async throws {
        let ledger = try fixture.open()
        #expect(try await unreadable(ledger) == UnreadableRows())
        fixture.addPending(1...20)
        set("created_at = '1799992800000'", "id <= 3")
        set("external_id = CAST(x'ff' AS TEXT)", "id = 4")
        set("created_at = 'soon', status = 'SENT'", "id = 5")
        set("created_at = 'soon', external_id = NULL", "id = 6")
        set("status = 'draft'", "id = 7")
        #expect(try await unreadable(ledger) == UnreadableRows(times: 3, keys: 1))
        #expect(try await ledger.overview(at: now).unreadable == UnreadableRows(times: 3, keys: 1))
        set("created_at = '2027-01-15 15:00:00'", "id <= 3")
        set("status = 'SENT'", "id = 4")
        #expect(try await unreadable(ledger) == UnreadableRows())
    }

    @Test("asked about before, they count all the same")
    func asked() async throws {
        fixture.addPending(1...2)
        set("created_at = 'soon'", "id = 1")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.open() }, at: now)
        #expect(try await unreadable(ledger) == UnreadableRows(times: 1))
    }

    @Test("other words for a status count where no row has a configured one, and only with a key")
    func statuses() async throws {
        let ledger = try fixture.open()
        fixture.addPending(1...4)
        set("status = 'queued'", "1")
        set("external_id = NULL", "id = 4")
        #expect(try await unreadable(ledger) == UnreadableRows(statuses: 3))
        #expect(try await ledger.overview(at: now).unreadable == UnreadableRows(statuses: 3))
        set("status = 'SENT'", "id = 2")
        #expect(try await unreadable(ledger) == UnreadableRows())
    }

    @Test("where there are many it takes rounds: nothing is over before a whole one has found none")
    func rounds() async throws {
        let ledger = try fixture.open()
        fixture.addPending(1...25_000)
        #expect(try await unreadable(ledger) == nil, "two thirds are not looked at yet")
        set("created_at = 'soon'", "id = 15000")
        #expect(try await unreadable(ledger) == UnreadableRows(times: 1))
        #expect(try await unreadable(ledger) == UnreadableRows(times: 1), "the end of the round")
        set("created_at = '2027-01-15 15:00:00'", "id = 15000")
        for _ in 1...2 { #expect(try await unreadable(ledger) == UnreadableRows(times: 1)) }
        #expect(try await unreadable(ledger) == UnreadableRows())
        set("status = 'SENT'", "id > 500")
        set("created_at = 'soon'", "id = 1")
        #expect(try await unreadable(ledger) == UnreadableRows(times: 1), "few are looked at as a whole")
    }

    @Test(
        "an example shows how a time is written, not what, and as what it could be read",
        arguments: [
            (LedgerConfiguration.TimeFormat.iso8601, "1799992800000", "#############", .unixMilliseconds as _?),
            (.iso8601, "1799992800", "##########", .unix), (.unixMilliseconds, "1799992800", "##########", .unix),
            (.unix, "2027-01-15 15:00:00", "####-##-## ##:##:##", .iso8601),
            (.iso8601, "Fri Jan 15 15:00:00 KST 2027", "Fri Jan ## ##:##:## KST ####", nil),
            (.iso8601, "홍길동 Hong 010-0000-0000", "xxx xxxx ###-####-####", nil), (.iso8601, "", "", nil),
        ] as [(LedgerConfiguration.TimeFormat, String, String, LedgerConfiguration.TimeFormat?)])
    func example(
        format: LedgerConfiguration.TimeFormat, text: String, shape: String, looksLike: LedgerConfiguration.TimeFormat?
    ) async throws {
        let fixture = Fixture { $0.timeFormat = format }
        fixture.addPending(1...2)
        fixture.raw.run("UPDATE notification_history SET created_at = '\(text)'")
        for isPending in [true, false] {
            let examples = try await fixture.open(.readOnly).unreadableExamples()
            #expect(examples.times == 2)
            #expect(examples.areTimesPending == isPending)
            #expect(examples.keys == 0)
            #expect(examples.time?.shape == shape)
            #expect(examples.time?.format == looksLike)
            fixture.raw.run("UPDATE notification_history SET status = 'SENT'")
        }
    }

    @Test("one that is not accepted yet has no time to be told of")
    func notAccepted() async throws {
        fixture.addPending(1...1)
        set("created_at = 'soon', external_id = NULL", "1")
        #expect(try await fixture.open(.readOnly).unreadableExamples().times == 0)
    }
}
