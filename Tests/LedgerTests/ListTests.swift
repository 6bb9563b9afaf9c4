import Engine
@testable import Ledger
import Reconciliation
import Support
import Testing

/// What `list` shows: by status, reason, time of acceptance and service type.
@Suite struct ListTests {
    /// One message an hour, the first at `now - 10 h`, in the forms that applications write.
    private static let forms = [
        "2027-01-15T07:00:00", "2027-01-15 08:00:00", "2027-01-15T00:00:00Z", "2027-01-15 01:00:00 +00:00",
        "20270115T110000+0900", "2027-01-15T12:00", "2027-01-15T04:00:00.500Z", "2027-01-14T21:00:00-08:00", "someday",
    ]

    private func fixture(
        index: String? = nil, journal: String = "WAL", _ configure: (inout LedgerConfiguration) -> Void = { _ in }
    ) -> Fixture {
        let fixture = Fixture(journal: journal, configure)
        for (place, form) in Self.forms.enumerated() {
            fixture.raw.run(
                """
                INSERT INTO notification_history (external_id, status, service_type, created_at) VALUES ('m\(place)',
                    '\(place % 3 == 0 ? "PENDING" : "SENT")', '\(place % 2 == 0 ? "AT" : "SMS")', '\(form)')
                """)
        }
        if let index { fixture.raw.run("CREATE INDEX theirs ON notification_history (\(index))") }
        return fixture
    }

    private func keys(_ fixture: Fixture, _ filter: MessageFilter, limit: Int = 100) async throws -> [String] {
        try await fixture.open(.readOnly).list(filter, limit: limit).compactMap(\.key?.text)
    }

    private func hour(_ hour: Int64) -> Timestamp { now - .hours(10 - hour) }

    private static let indexes = [nil, "status", "status, created_at", "created_at", "service_type, status"]

    @Test("times in any form are compared as times, whatever index there is", arguments: indexes)
    func timesInAnyForm(_ index: String?) async throws {
        let fixture = fixture(index: index)
        #expect(
            try await keys(fixture, MessageFilter()) == ["m8", "m7", "m6", "m5", "m4", "m3", "m2", "m1", "m0"])
        let span = AcceptanceSpan(since: hour(1), until: hour(5))
        #expect(try await keys(fixture, MessageFilter(accepted: span)) == ["m4", "m3", "m2", "m1"])
        #expect(try await keys(fixture, MessageFilter(accepted: span), limit: 3) == ["m4", "m3", "m2"])
        #expect(try await keys(fixture, MessageFilter(status: .sent, accepted: span)) == ["m4", "m2", "m1"])
        #expect(try await keys(fixture, MessageFilter(status: .pending, accepted: span)) == ["m3"])
        #expect(try await keys(fixture, MessageFilter(accepted: AcceptanceSpan(since: hour(6)))) == ["m7", "m6"])
        let half = AcceptanceSpan(until: hour(6) + .milliseconds(501))
        #expect(try await keys(fixture, MessageFilter(accepted: half)).first == "m6")
    }

    @Test("one service type, by the column's own rules", arguments: indexes)
    func oneServiceType(_ index: String?) async throws {
        let fixture = fixture(index: index)
        #expect(try await keys(fixture, MessageFilter(serviceType: "SMS")) == ["m7", "m5", "m3", "m1"])
        #expect(try await keys(fixture, MessageFilter(status: .pending, serviceType: "AT")) == ["m6", "m0"])
        #expect(try await keys(fixture, MessageFilter(serviceType: "sms")).isEmpty)
        #expect(try await keys(fixture, MessageFilter(serviceType: "it's")).isEmpty)
    }

    @Test("others' rows stay out, by their own word, too")
    func othersRowsStayOut() async throws {
        let fixture = fixture { $0.serviceTypes = ["AT"] }
        #expect(try await keys(fixture, MessageFilter()) == ["m8", "m6", "m4", "m2", "m0"])
        #expect(try await keys(fixture, MessageFilter(serviceType: "AT")) == ["m8", "m6", "m4", "m2", "m0"])
        #expect(try await keys(fixture, MessageFilter(serviceType: "SMS")).isEmpty)
        let span = AcceptanceSpan(since: hour(1), until: hour(5))
        #expect(try await keys(fixture, MessageFilter(accepted: span)) == ["m4", "m2"])
    }

    @Test("where no column has it, no row has a service type")
    func noColumn() async throws {
        let fixture = fixture { $0.columns.serviceType = nil }
        #expect(try await keys(fixture, MessageFilter(serviceType: "AT")).isEmpty)
    }

    @Test("numbers are compared as times, too", arguments: [LedgerConfiguration.TimeFormat.unix, .unixMilliseconds])
    func numbers(_ format: LedgerConfiguration.TimeFormat) async throws {
        let fixture = Fixture { $0.timeFormat = format }
        let unit: Int64 = format == .unix ? 1000 : 1
        for place in 0..<4 {
            fixture.raw.run(
                "INSERT INTO notification_history (external_id, created_at) VALUES ('m\(place)',"
                    + " \(hour(Int64(place)).milliseconds / unit))")
        }
        let span = AcceptanceSpan(since: hour(1), until: hour(3))
        #expect(try await keys(fixture, MessageFilter(accepted: span)) == ["m2", "m1"])
    }

    @Test("dead letters of a reason by time and service type")
    func deadLetters() async throws {
        let fixture = fixture()
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.failed("64016") }, at: now)
        #expect(try await keys(fixture, MessageFilter(reason: .reported)) == ["m6", "m3", "m0"])
        let late = AcceptanceSpan(since: hour(3))
        #expect(try await keys(fixture, MessageFilter(reason: .reported, accepted: late)) == ["m6", "m3"])
        #expect(try await keys(fixture, MessageFilter(reason: .reported, accepted: late), limit: 1) == ["m6"])
        let early = AcceptanceSpan(until: hour(6))
        #expect(
            try await keys(fixture, MessageFilter(reason: .reported, serviceType: "AT", accepted: early)) == ["m0"])
        #expect(try await keys(fixture, MessageFilter(status: .sent, reason: .reported, accepted: late)).isEmpty)
    }

    @Test("more than a step reads are all found, and others may write between", arguments: ["WAL", "DELETE"])
    func manySteps(_ journal: String) async throws {
        let fixture = Fixture(journal: journal)
        fixture.addPending(1...20_000, age: .days(4))
        let ledger = try fixture.open()
        var isWritten = 0
        while true {
            let due = try await ledger.walk(limit: 5_000)
            if due.isEmpty { break }
            isWritten += due.count
            _ = try await ledger.commit(due.map { $0.failed("64016") }, at: now)
        }
        #expect(isWritten == 20_000)
        let span = AcceptanceSpan(since: now - .days(5), until: now)
        let all = try await ledger.list(MessageFilter(accepted: span), limit: 1_000_000)
        #expect(all.count == 20_000)
        #expect(Set(all.map(\.key)).count == 20_000)
        let reported = try await ledger.list(MessageFilter(reason: .reported, accepted: span), limit: 1_000_000)
        #expect(reported.count == 20_000)
        #expect(Set(reported.map(\.key)).count == 20_000)
        #expect(try await ledger.list(MessageFilter(accepted: AcceptanceSpan(since: now)), limit: 1).isEmpty)
    }
}
