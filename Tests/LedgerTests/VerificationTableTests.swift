import Engine
@testable import Ledger
import Reconciliation
import Testing

/// The tables of verification and errands, as they are in the file.
@Suite struct VerificationTableTests {
    private func cycle(at time: Timestamp) -> CycleRecord {
        CycleRecord(startedAt: time, duration: .zero, result: .ok, health: ProviderHealth(since: now))
    }

    private func differences(_ range: Range<Int>, _ kind: Difference.Kind = .falseSent) -> [Difference] {
        range.map { Difference(kind, MessageKey("k\($0)"), rowStatus: .sent, code: nil, acceptedAt: nil) }
    }

    @Test("what differs is forgotten with the audit, some in a cycle")
    func forgotten() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        _ = try await ledger.note(differences(0..<300), at: now)
        _ = try await ledger.note(differences(300..<310), at: now + .days(60))
        func left() -> Int { fixture.raw.count("SELECT count(*) FROM reconciler_difference") }
        try await ledger.finish(cycle(at: now), at: now + .days(90))
        #expect(left() == 310)
        try await ledger.finish(cycle(at: now), at: now + .days(90) + .hours(1))
        #expect(left() == 60)
        try await ledger.finish(cycle(at: now), at: now + .days(90) + .hours(1))
        #expect(left() == 10)
    }

    @Test("what was forgotten is new when it is found again")
    func newAgain() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let some = differences(0..<3)
        _ = try await ledger.note(some, at: now)
        try await ledger.finish(cycle(at: now), at: now + .days(91))
        #expect(try await ledger.note(some, at: now + .days(91)) == Set(some))
    }

    @Test("an errand whose command has gone is removed after a day, and whoever still waits is told")
    func errandsAreForgotten() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let id = try await ledger.begin(.ask([MessageKey("k")]), at: now)
        try await ledger.finish(cycle(at: now), at: now + .days(1))
        #expect(try await ledger.result(of: id) == nil)
        try await ledger.finish(cycle(at: now), at: now + .days(1) + .seconds(1))
        await #expect(throws: LedgerError.self) { try await ledger.result(of: id) }
        #expect(try await ledger.openErrands(.ask, limit: 1).isEmpty)
    }

    @Test("errands that nobody can read keep none of the others from being done")
    func damagedErrands() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        for _ in 0..<30 { _ = try await ledger.begin(.verify(now..<now + .seconds(1)), at: now) }
        fixture.raw.run("UPDATE reconciler_errand SET subject = '9223372036854775807 9223372036854775807'")
        fixture.raw.run("INSERT INTO reconciler_errand (kind, subject, created_at) VALUES ('dance', x'ff', 0)")
        let id = try await ledger.begin(.verify(now..<now + .seconds(1)), at: now)
        #expect(try await ledger.openErrands(.verify, limit: 20).map(\.id) == [id])
    }

    @Test("a result that nobody can read is told, and not waited for")
    func damagedResult() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let id = try await ledger.begin(.verify(now..<now + .seconds(1)), at: now)
        fixture.raw.run("UPDATE reconciler_errand SET result = 'nonsense'")
        await #expect(throws: LedgerError.self) { try await ledger.result(of: id) }
    }

    @Test("without an index on the keys nothing is held against rows, and a verification is refused in words")
    func withoutIndex() async throws {
        let fixture = Fixture(
            table: """
                CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT, status TEXT,
                    service_type TEXT, report_code TEXT, error_message TEXT, created_at TEXT, updated_at TEXT)
                """)
        let ledger = try fixture.open()
        #expect(try await ledger.findsByKey() == false)
        await #expect(throws: LedgerError.keyIsNotIndexed(fixture.configuration)) {
            try await ledger.begin(.verify(now..<now + .seconds(1)), at: now)
        }
        _ = try await ledger.begin(.ask([MessageKey("k")]), at: now)
        let indexed = Fixture()
        #expect(try await indexed.open().findsByKey())
    }

    @Test("two processes that note the same at once tell it once")
    func twoProcesses() async throws {
        let fixture = Fixture()
        let (one, other) = (try fixture.open(), try fixture.open())
        let some = differences(0..<20)
        #expect(try await one.note(some, at: now).count == 20)
        #expect(try await other.note(some, at: now).isEmpty)
        #expect(try await one.alerts(at: now).alerts.first { $0.identity.name == .falseSent }?.count == 20)
    }

    @Test("a store that is locked is an error, and nothing is half done")
    func locked() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let raw = fixture.raw
        raw.run("BEGIN IMMEDIATE")
        await #expect(throws: LedgerError.self) { try await ledger.note(differences(0..<3), at: now) }
        await #expect(throws: LedgerError.self) { try await ledger.begin(.ask([]), at: now) }
        raw.run("ROLLBACK")
        #expect(try await ledger.note(differences(0..<3), at: now).count == 3)
        #expect(try await ledger.alerts(at: now).alerts.first?.count == 3)
    }
}
