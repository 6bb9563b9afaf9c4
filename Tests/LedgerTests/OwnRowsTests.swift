import Engine
@testable import Ledger
import Reconciliation
import Testing

/// Whose rows are read, and from when their age counts.
@Suite struct OwnRowsTests {
    private func mixed(_ configure: (inout LedgerConfiguration) -> Void = { _ in }) -> Fixture {
        let fixture = Fixture {
            $0.serviceTypes = ["ALIMTALK", "it's"]
            configure(&$0)
        }
        fixture.addPending(1...1000)
        fixture.raw.run(
            """
            UPDATE notification_history SET service_type = CASE id % 4 WHEN 0 THEN 'ALIMTALK' WHEN 1 THEN 'EMAIL'
                WHEN 2 THEN 'it''s' END
            """)
        return fixture
    }

    @Test(
        "only rows with our words are due by the column's own rules", arguments: [false, true],
        ["TEXT", "TEXT COLLATE NOCASE"])
    func onlyRowsWithOurWordsAreDueByTheColumnsOwnRules(_ isIndexed: Bool, type: String) async throws {
        let table = Fixture.table.split(separator: "service_type TEXT").joined(separator: "service_type \(type)")
        let fixture = Fixture(table: table) {
            $0.serviceTypes = ["alimtalk"]
            $0.createIndex = isIndexed
        }
        fixture.addPending(1...10)
        fixture.raw.run("UPDATE notification_history SET service_type = 'ALIMTALK' WHERE id < 4")
        let due = try await fixture.open().walk()
        #expect(due.count == (type == "TEXT" ? 0 : 3))
    }

    @Test("words of a numeric column are compared")
    func wordsOfANumericColumnAreCompared() async throws {
        let table = Fixture.table.split(separator: "service_type TEXT").joined(separator: "service_type INTEGER")
        let fixture = Fixture(table: table) { $0.serviceTypes = ["1", "7"] }
        fixture.addPending(1...10)
        fixture.raw.run("UPDATE notification_history SET service_type = id % 3")
        #expect(try await fixture.open().walk().compactMap(\.row.rowid).sorted() == [1, 4, 7, 10])
    }

    @Test("every step of the walk is a search also over some rows", arguments: [false, true])
    func everyStepOfTheWalkIsASearchAlsoOverSomeRows(_ isAnalyzed: Bool) async throws {
        let fixture = mixed { $0.createIndex = true }
        fixture.raw.run("CREATE INDEX theirs ON notification_history (service_type)")
        fixture.raw.run("CREATE INDEX both ON notification_history (service_type, status)")
        _ = try fixture.open()
        try fixture.makeIndex()
        let ledger = try fixture.open()
        if isAnalyzed { fixture.raw.run("ANALYZE") }
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        let queries = try DueQueries(mapping, on: connection)
        #expect(queries.plan == .indexSearch(pendingIndexName))
        for query in [
            queries.pending.sql([">", "<"], backwards: false), queries.pending.sql([">", "<"], backwards: true),
            queries.pending.sql([], backwards: false), queries.pending.sql([], backwards: true), queries.tracked,
        ] {
            let lines = try QueryPlan(query, on: connection).lines
            #expect(lines.count == 2, "\(lines)")
            #expect(lines.allSatisfy { $0.hasPrefix("SEARCH") }, "\(lines)")
        }
        for query in [SentAgain.query, SentAgain.nextQuery, SentAgain.previousQuery] {
            let lines = try QueryPlan(query, on: connection).lines.filter { $0.contains("reconciler_") }
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.hasPrefix("SEARCH") }, "\(lines)")
        }
        #expect(try await ledger.walk(limit: 70).count == 500)
        #expect(try await ledger.standing().pending == 500, "counted through the index")
        #expect(try await ledger.pendingOutline(countingUpTo: 1000).count == 500)
    }

    @Test("the index is made anew for other words")
    func theIndexIsMadeAnewForOtherWords() async throws {
        var fixture = mixed { $0.createIndex = true }
        _ = try fixture.open()
        try fixture.makeIndex()
        fixture.configuration.serviceTypes = ["EMAIL"]
        try fixture.makeIndex()
        #expect(try await fixture.open().walk().count == 250)
        fixture.configuration.serviceTypes = nil
        try fixture.makeIndex()
        #expect(try await fixture.open().walk().count == 1000)
        #expect(
            fixture.raw.value("SELECT sql FROM sqlite_schema WHERE name = 'reconciler_pending'")?.contains("CASE")
                == false)
    }

    @Test("a message whose row becomes another's is not written")
    func aMessageWhoseRowBecomesAnothersIsNotWritten() async throws {
        let fixture = mixed()
        let ledger = try fixture.open()
        let message = try #require(try await ledger.dueMessage("m4"))
        fixture.raw.run("UPDATE notification_history SET service_type = 'EMAIL' WHERE id = 4")
        let result = try await ledger.commit([message.delivered()], at: now)
        #expect(result.applied.isEmpty)
        #expect(result.settledElsewhere.map(\.text) == ["m4"])
        #expect(fixture.status("m4") == "PENDING")
        #expect(try await ledger.known([message.key], at: now).isEmpty)
        #expect(try await ledger.dueCount(of: try #require(RequestID(of: MessageKey("m100"))), at: now) == 450)
    }

    // MARK: Sent again

    private func sendAgain(_ fixture: Fixture, _ id: Int, _ key: String) {
        fixture.raw.run(
            "UPDATE notification_history SET external_id = '\(key)', status = 'PENDING' WHERE id = \(id)")
    }

    private func firstSeen(_ fixture: Fixture, _ key: String) -> String? {
        fixture.raw.value("SELECT first_seen_at FROM reconciler_message WHERE message_key = '\(key)'")
    }

    @Test("what was sent again is handed out to be noted and not as due")
    func whatWasSentAgainIsHandedOutToBeNotedAndNotAsDue() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3, age: .days(2))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        _ = try await ledger.commit(due.map { $0.failed("64016") }, at: now)
        sendAgain(fixture, 2, "new")
        let later = now + .minutes(1)
        let page = try await ledger.due(from: DueCursor(), at: later, limit: 10)
        #expect(page.messages.isEmpty)
        #expect(page.sentAgain.map(\.key.text) == ["new"])
        #expect(page.sentAgain.first?.acceptedAt == later)
        #expect(page.sentAgain.first?.tracking.firstSeenAt == later)
        #expect(try await ledger.known([MessageKey("new")], at: later).map(\.isDue) == [false])
        _ = try await ledger.commit(
            page.sentAgain.map { Decision($0, .wait(until: later + .minutes(10), $0.tracking)) }, at: later)
        let tomorrow = later + .days(1)
        let noted = try #require(try await ledger.dueMessage("new", at: tomorrow))
        #expect(noted.acceptedAt == later)
        #expect(try await ledger.known([noted.key], at: tomorrow).map(\.message.acceptedAt) == [later])
        // Given up three days after it was first seen, which is kept for the watch.
        let end = later + .days(3)
        _ = try await ledger.commit([noted.open(at: end)], at: end)
        #expect(fixture.status("new") == "DEAD_LETTER")
        #expect(firstSeen(fixture, "new") == String(later.milliseconds))
    }

    @Test(
        "what was sent again is found among many rows of which nothing is known, from either end",
        arguments: [1, 7, 500])
    func amongMany(_ limit: Int) async throws {
        let fixture = Fixture()
        fixture.addPending(1...1_000, age: .days(2))
        let ledger = try fixture.open()
        let again = [1, 2, 400, 401, 700, 1_000]
        let known = try await ledger.known((again + [3, 500]).map { MessageKey("m\($0)") }, at: now).map(\.message)
        _ = try await ledger.commit(known.map { $0.failed("64016") }, at: now)
        for id in again { sendAgain(fixture, id, "new\(id)") }
        var found: [String] = []
        var due = 0
        var cursor: DueCursor? = DueCursor()
        while let from = cursor {
            let page = try await ledger.due(from: from, at: now, limit: limit)
            found += page.sentAgain.map(\.key.text)
            due += page.messages.count
            cursor = page.next
        }
        #expect(Set(found) == Set(again.map { "new\($0)" }))
        #expect(found.count == again.count)
        #expect(due == 992)
    }

    @Test("a row that is sent again while its old key is asked about is noted at once")
    func aRowThatIsSentAgainWhileItsOldKeyIsAskedAboutIsNotedAtOnce() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        sendAgain(fixture, 1, "new1")
        sendAgain(fixture, 2, "new2")
        let decisions = [due[0].key.text == "m1" ? due[0] : due[1]].map { $0.delivered() }
        #expect(try await ledger.commit(decisions, at: now).settledElsewhere.count == 1)
        #expect(firstSeen(fixture, "new1") == String(now.milliseconds))
        #expect(firstSeen(fixture, "new2") == nil, "nothing was known of the row's old key")
        let page = try await ledger.due(from: DueCursor(), at: now, limit: 10)
        #expect(page.messages.map(\.key.text) == ["new2"])
    }

    @Test("housekeeping does not forget an old key before the new one is noted")
    func housekeepingDoesNotForgetAnOldKeyBeforeTheNewOneIsNoted() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .days(1))
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.open() }, at: now)
        sendAgain(fixture, 1, "new")
        fixture.raw.run("UPDATE notification_history SET created_at = '2027-01-01T00:00:00Z'")
        let cycle = CycleRecord(startedAt: now, duration: .zero, result: .ok, health: ProviderHealth(since: now))
        try await ledger.finish(cycle, at: now)
        #expect(fixture.raw.rows("SELECT message_key FROM reconciler_message") == [["new"]])
        #expect(firstSeen(fixture, "new") == String(now.milliseconds))
        #expect(try await ledger.walk(at: now + .minutes(9)).isEmpty)
        #expect(try await ledger.walk(at: now + .minutes(10)).map(\.acceptedAt) == [now])
    }

    @Test("an address that is used again is no resend")
    func anAddressThatIsUsedAgainIsNoResend() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2, age: .days(1))
        let ledger = try fixture.open()
        let earlier = now - .hours(2)
        _ = try await ledger.commit(try await ledger.walk(at: earlier).map { $0.delivered() }, at: earlier)
        fixture.raw.run("DELETE FROM notification_history")
        fixture.addPending(1...2, age: .hours(1))
        fixture.raw.run("UPDATE notification_history SET external_id = 'n' || id")
        #expect(try await ledger.walk().map(\.key.text).sorted() == ["n1", "n2"])
    }
}

/// Which row is meant by a key, where the table lets several rows answer to it.
@Suite struct ExactKeyTests {
    private func fixture(_ key: String, _ rows: [(String, String)]) -> Fixture {
        let fixture = Fixture(
            table: "CREATE TABLE notification_history (id INTEGER PRIMARY KEY, \(key), status TEXT, service_type TEXT,"
                + " report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)")
        fixture.raw.run("CREATE INDEX keys ON notification_history (external_id)")
        let time = (now - .hours(1)).iso8601()
        for (key, status) in rows {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, status, created_at)
                VALUES ('\(key)', '\(status)', '\(time)')
                """)
        }
        return fixture
    }

    @Test("another key that the column takes for equal is not meant")
    func anotherKeyThatTheColumnTakesForEqualIsNotMeant() async throws {
        let fixture = fixture("external_id TEXT COLLATE NOCASE", [("ABC", "DEAD_LETTER"), ("abc", "DEAD_LETTER")])
        let ledger = try fixture.open()
        let key = MessageKey("abc")
        #expect(try await ledger.message(key)?.message?.id == "2")
        #expect(try await ledger.requeue([key], at: now).requeued == [key])
        let statuses = fixture.raw.rows("SELECT status FROM notification_history ORDER BY id")
        #expect(statuses == [["DEAD_LETTER"], ["PENDING"]])
        #expect(try await ledger.known([key], at: now).map(\.message.row.rowid) == [2])
        #expect(try await ledger.reported([key]).map { $0.message?.row.rowid } == [2])
        #expect(try await ledger.message(MessageKey("aBc")) == nil)
        #expect(try await ledger.requeue([MessageKey("aBc")], at: now).notFound.map(\.text) == ["aBc"])
    }

    @Test("of several rows the pending one is meant")
    func ofSeveralRowsThePendingOneIsMeant() async throws {
        let fixture = fixture("external_id TEXT", [("a", "SENT"), ("a", "DEAD_LETTER"), ("a", "PENDING")])
        let ledger = try fixture.open()
        let key = MessageKey("a")
        #expect(try await ledger.message(key)?.message?.id == "3")
        #expect(try await ledger.known([key], at: now).map(\.message.row.rowid) == [3])
        #expect(try await ledger.reported([key]).map { $0.message?.row.rowid } == [3])
        #expect(try await ledger.requeue([key], at: now).notDeadLetters == [key])
    }

    @Test(
        "a row is found through the index on its key",
        arguments: ["external_id TEXT", "external_id TEXT UNIQUE", "external_id TEXT COLLATE NOCASE"])
    func aRowIsFoundThroughTheIndexOnItsKey(_ column: String) throws {
        let fixture = fixture(column, [("a", "PENDING")])
        _ = try fixture.open()
        let connection = try SQLiteConnection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: fixture.configuration).mapping()
        let query = "SELECT \(mapping.place) FROM \(mapping.table) AS n \(mapping.whereKeyIs("?1"))"
        let lines = try QueryPlan(query, on: connection).lines
        #expect(lines.first?.hasPrefix("SEARCH n USING") == true, "\(lines)")
        #expect(lines.first?.hasSuffix("(external_id=?)") == true, "\(lines)")
    }
}
