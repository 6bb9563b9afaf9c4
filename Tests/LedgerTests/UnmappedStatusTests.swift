import Ledger
import Testing

/// Status words that fit no row.
@Suite struct UnmappedStatusTests {
    private let fixture = Fixture()

    private func set(_ status: String, _ condition: String = "1") {
        fixture.raw.run("UPDATE notification_history SET status = '\(status)' WHERE \(condition)")
    }

    @Test func anEmptyTableAndOneWithAConfiguredWordAreFine() async throws {
        let ledger = try fixture.open()
        #expect(try await ledger.unmappedStatuses() == nil)
        fixture.addPending(1...5)
        set("draft", "external_id <> 'm1'")
        #expect(try await ledger.unmappedStatuses() == nil)
    }

    @Test func otherWordsAreToldByTheirNumberWithoutTelephoneNumbers() async throws {
        let ledger = try fixture.open()
        fixture.addPending(1...9)
        set("pending")
        set("sent", "external_id IN ('m1', 'm2', 'm3')")
        set("010-0000-0000", "external_id IN ('m4', 'm5')")
        set("rare", "external_id = 'm6'")
        let statuses = try #require(try await ledger.unmappedStatuses())
        #expect(statuses.rows == 9 && statuses.examples.count == 3)
        #expect(statuses.examples.prefix(2) == ["pending", "sent"])
        #expect(statuses.examples.allSatisfy { !$0.contains("0000") })
    }

    @Test func onlyTheNewestRowsAreLookedAt() async throws {
        let ledger = try fixture.open()
        fixture.addPending(1...1001)
        set("pending", "external_id <> 'm1'")
        #expect(try await ledger.unmappedStatuses()?.rows == 1000)
    }
}
