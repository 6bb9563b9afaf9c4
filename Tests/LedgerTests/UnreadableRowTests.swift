import Engine
import Ledger
import Reconciliation
import Testing

/// Rows that nobody can judge: how many there are, and what is said of them.
@Suite struct UnreadableRowTests {
    private let fixture = Fixture()

    private func set(_ assignment: String, _ condition: String) {
        fixture.raw.run("UPDATE notification_history SET \(assignment) WHERE \(condition)")
    }

    private func unreadable(_ ledger: SQLiteLedger) async throws -> UnreadableRows? {
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
            #expect(examples.times == 2 && examples.areTimesPending == isPending && examples.keys == 0)
            #expect(examples.time?.shape == shape && examples.time?.format == looksLike)
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
