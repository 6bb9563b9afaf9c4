import Engine
import Ledger
import Reconciliation
import Testing

/// What metrics are told of the table.
@Suite struct CensusTests {
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

    @Test func withAnIndexPendingRowsAreCountedAtOnce() async throws {
        let fixture = fixture(createIndex: true)
        try fixture.makeIndex()
        let standing = try await fixture.open().standing()
        #expect(standing.pending == 4)
        #expect(standing.oldestAcceptedAt == now - .hours(2), "one without a key is not with the provider")
        #expect(standing.databaseBytes > 0 && standing.databaseBytes % 512 == 0)
    }

    @Test func withoutAnIndexNothingIsWalked() async throws {
        let fixture = fixture(createIndex: false)
        let standing = try await fixture.open().standing()
        #expect(standing.pending == nil && standing.oldestAcceptedAt == nil)
    }

    @Test func aSmallTableIsOnePart() async throws {
        let fixture = fixture(createIndex: false)
        let part = try await fixture.open().count(past: nil)
        #expect(part.rows == [.pending: 4, .sent: 1, .deadLetter: 1, .other: 1])
        #expect(part.oldestAcceptedAt == now - .hours(2))
        #expect(part.last == nil)
    }

    @Test func aLargerTableIsCountedInParts() async throws {
        let fixture = Fixture()
        fixture.raw.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
            INSERT INTO notification_history (external_id, status, created_at)
            SELECT 'k' || i, CASE WHEN i % 2 THEN 'SENT' ELSE 'PENDING' END, '2020-01-01T00:00:00Z' FROM n
            """)
        let ledger = try fixture.open()
        var table = try await ledger.count(past: nil)
        #expect(table.last == 50_000 && table.rows == [.sent: 25_000, .pending: 25_000])
        var parts = 1
        while let last = table.last {
            table.append(try await ledger.count(past: last))
            parts += 1
        }
        #expect(parts == 3 && table.rows == [.sent: 60_000, .pending: 60_000])
    }
}
