import Engine
@testable import Ledger
import Reconciliation
import Testing

/// How many messages of a send are due.
@Suite struct SendTests {
    private let send = RequestID("20270115Send")

    private func fixture(_ keys: [String], _ collation: String = "", age: Duration = .hours(1)) -> Fixture {
        let column = "external_id TEXT"
        let table = Fixture.table.split(separator: column).joined(separator: "\(column) \(collation)")
        let fixture = Fixture(table: table)
        add(keys, age: age, to: fixture)
        return fixture
    }

    private func add(_ keys: [String], age: Duration, to fixture: Fixture) {
        for key in keys {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, created_at)
                VALUES ('\(key)', '\((now - age).iso8601())')
                """)
        }
    }

    @Test(arguments: ["", "COLLATE NOCASE", "COLLATE RTRIM"])
    func itsMessagesAreThoseWithItsIdAndThreeCharacters(_ collation: String) async throws {
        let theirs = ["20270115Send", "20270115Send12", "20270115Send1234", "20270115Sene001", "20270115sEnd001"]
        let fixture = fixture(["20270115Send000", "20270115SendzzZ", "20270115Send~!#"] + theirs.dropLast(), collation)
        if collation == "" { add(theirs.suffix(1), age: .hours(1), to: fixture) }
        #expect(try await fixture.open(.readOnly).dueCount(of: send, at: now) == 3)
    }

    @Test func onlyWhatIsDueIsCounted() async throws {
        let fixture = fixture((0..<6).map { "20270115Send00\($0)" })
        add(["20270115Send100"], age: .minutes(1), to: fixture)
        let ledger = try fixture.open()
        fixture.set("20270115Send000", "SENT")
        let asked = try #require(try await ledger.dueMessage("20270115Send001"))
        _ = try await ledger.commit([asked.open()], at: now)
        #expect(try await ledger.dueCount(of: send, at: now) == 4)
        #expect(try await ledger.dueCount(of: send, at: now + .days(1)) == 6)
    }

    @Test(arguments: [false, true])
    func itReadsOnlyTheirPartOfTheIndex(_ analyzed: Bool) throws {
        let fixture = Fixture { $0.createIndex = true }
        fixture.addPending(1...2000)
        _ = try fixture.open()
        try fixture.makeIndex()
        if analyzed { fixture.raw.run("ANALYZE") }
        let connection = try Connection(path: fixture.path, access: .readOnly, busyTimeout: .seconds(1))
        let mapping = try TableInspection(connection: connection, configuration: fixture.configuration).mapping()
        let lines = try QueryPlan(SendReader.query(mapping), on: connection).lines
        #expect(lines.first?.hasSuffix("(external_id>? AND external_id<?)") == true, "\(lines)")
    }
}
