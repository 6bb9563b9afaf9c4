import Engine
import Ledger
import Reconciliation
import Testing

@Suite struct RequeueTests {
    private func deadLetters(_ count: Int = 6) async throws -> (Fixture, SQLiteLedger) {
        let fixture = Fixture()
        fixture.addPending(1...count, age: .days(4))
        let ledger = try fixture.open()
        let decisions = try await ledger.walk(limit: 1000).map { message in
            switch message.row.rowid % 3 {
            case 0: message.failed("64016")
            case 1: message.failed("64008")
            default: message.open()
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        return (fixture, ledger)
    }

    @Test func deadLettersBecomePendingAndDueAtOnce() async throws {
        let (fixture, ledger) = try await deadLetters()
        fixture.set("m6", "SENT")
        let keys = ["m2", "m3", "m2", "m6", "m99", "m99"].map { MessageKey($0) }
        let result = try await ledger.requeue(keys, at: now + .hours(1))
        #expect(result.requeued.map(\.text) == ["m2", "m3"])
        #expect(result.notDeadLetters.map(\.text) == ["m6"])
        #expect(result.notFound.map(\.text) == ["m99"])
        let rows = fixture.raw.rows(
            "SELECT status, report_code, error_message, updated_at FROM notification_history WHERE id IN (2, 3)")
        #expect(rows == Array(repeating: ["PENDING", nil, nil, "2027-01-15T18:00:00+09:00"], count: 2))
        let due = try await ledger.walk(at: now + .hours(1))
        #expect(Set(due.map(\.key.text)) == ["m2", "m3"])
        #expect(due.allSatisfy { $0.tracking == Tracking() && $0.status == .pending })
        let timeline = try #require(try await ledger.message(MessageKey("m2"))).timeline
        #expect(timeline.map(\.source) == [.inquiry, .requeue])
        #expect(timeline.last?.reason == .stale)
    }

    @Test func aDeadLetterOfSomebodyElseCanBeRequeued() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .minutes(1))
        fixture.set("m1", "DEAD_LETTER")
        let ledger = try fixture.open()
        #expect(try await ledger.requeue([MessageKey("m1")], at: now).requeued.count == 1)
        // Although it was accepted less than `after` ago.
        #expect(try await ledger.walk().map(\.key.text) == ["m1"])
    }

    @Test func allOfOneReasonAreRequeued() async throws {
        let (fixture, ledger) = try await deadLetters(3500)
        fixture.set("m2", "SENT")
        let result = try await ledger.requeue(reason: .stale, at: now)
        #expect(result.requeued.count == 1166)
        #expect(Set(result.requeued).count == 1166)
        #expect(fixture.status("m2") == "SENT")
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'") == 1166)
        #expect(try await ledger.requeue(reason: .stale, at: now).requeued.isEmpty)
    }

    @Test func allOfOneCodeAreRequeued() async throws {
        let (fixture, ledger) = try await deadLetters()
        let result = try await ledger.requeue(reason: .reported, code: ReportCode("64008"), at: now)
        #expect(result.requeued.map(\.text) == ["m1", "m4"])
        #expect(fixture.status("m3") == "DEAD_LETTER")
        #expect(try await ledger.requeue(reason: .reported, code: ReportCode("1"), at: now).requeued.isEmpty)
    }

    @Test func aRequeuedMessageIsCountedUnderItsReasonNoMore() async throws {
        let (fixture, ledger) = try await deadLetters()
        defer { withExtendedLifetime(fixture) {} }
        _ = try await ledger.requeue(reason: .stale, at: now)
        let overview = try await ledger.overview(at: now)
        #expect(overview.deadLettersByReason == [.reported: 4])
        #expect(overview.otherDeadLetters == 0)
    }
}
