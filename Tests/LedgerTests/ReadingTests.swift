import Engine
import Ledger
import Reconciliation
import Testing

/// What `status`, `list` and `show` are told.
@Suite struct ReadingTests {
    /// m1 sent, m2 reported, m3 stale, m4 pending and asked, m5 pending and new, m6 dead by others.
    private func settled() async throws -> (Fixture, SQLiteLedger) {
        let fixture = Fixture()
        fixture.addPending(1...5, age: .days(4))
        fixture.raw.run(
            """
            INSERT INTO notification_history (id, external_id, status, service_type, report_code, error_message, created_at)
            VALUES (6, 'm6', 'DEAD_LETTER', 'at', '64016', 'theirs', '2027-01-01T00:00:00Z'),
                (7, NULL, 'PENDING', 'at', NULL, NULL, '2020-01-01T00:00:00Z'),
                (8, 'm8', 'PENDING', 'at', NULL, NULL, 'never'),
                (9, 'm9', 'CANCELLED', 'at', NULL, NULL, '2020-01-01T00:00:00Z')
            """)
        let ledger = try fixture.open()
        let decisions = try await ledger.walk().compactMap { message -> Decision? in
            switch message.key.text {
            case "m1": message.delivered()
            case "m2": message.failed("64016")
            case "m3": message.open()
            case "m4": Decision(message, .wait(until: now + .hours(1), Tracking(answers: 2, wasAnswered: true)))
            default: nil
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        return (fixture, ledger)
    }

    @Test func theOverviewCountsEverything() async throws {
        let (fixture, ledger) = try await settled()
        for ledger in [ledger, try fixture.open(.readOnly)] {
            let overview = try await ledger.overview(at: now)
            #expect(overview.pending == 4)
            #expect(overview.sent == 1)
            #expect(overview.deadLetters == 3)
            #expect(overview.pendingWithoutKey == 1)
            #expect(overview.pendingWithoutTime == 1)
            #expect(overview.oldestPendingAge == .days(4))
            #expect(overview.deadLettersByReason == [.reported: 1, .stale: 1])
            #expect(overview.otherDeadLetters == 1)
            #expect(overview.lastCycle == nil)
            #expect(overview.firing.map(\.identity.name) == [.deadLetters, .staleMessages])
            #expect(overview.schemaVersion == 6)
        }
    }

    @Test func theOverviewNeedsNoTablesOfTheReconciler() async throws {
        let fixture = Fixture()
        fixture.addPending(1...2)
        let reader = try fixture.open(.readOnly)
        let overview = try await reader.overview(at: now)
        #expect(overview.pending == 2)
        #expect(overview.schemaVersion == nil)
        #expect(try await reader.schemaVersion() == nil)
        #expect(try await reader.list(limit: 10).map(\.key?.text) == ["m2", "m1"])
        #expect(try await reader.message(MessageKey("m1"))?.timeline.isEmpty == true)
    }

    @Test func messagesAreListedByStatusAndReason() async throws {
        let (fixture, ledger) = try await settled()
        defer { withExtendedLifetime(fixture) {} }
        func keys(_ messages: [StoredMessage]) -> [String?] { messages.map(\.key?.text) }
        #expect(keys(try await ledger.list(limit: 100)) == ["m9", "m8", nil, "m6", "m5", "m4", "m3", "m2", "m1"])
        #expect(keys(try await ledger.list(limit: 2)) == ["m9", "m8"])
        #expect(keys(try await ledger.list(status: .pending, limit: 100)) == ["m8", nil, "m5", "m4"])
        #expect(keys(try await ledger.list(status: .deadLetter, limit: 100)) == ["m6", "m3", "m2"])
        #expect(keys(try await ledger.list(status: .other, limit: 100)) == ["m9"])
        #expect(keys(try await ledger.list(reason: .stale, limit: 100)) == ["m3"])
        #expect(keys(try await ledger.list(status: .deadLetter, reason: .reported, limit: 100)) == ["m2"])
        #expect(try await ledger.list(status: .sent, reason: .reported, limit: 100).isEmpty)
        #expect(try await ledger.list(reason: .unverifiable, limit: 100).isEmpty)
    }

    @Test func aMessageIsShownWithItsHistory() async throws {
        let (fixture, ledger) = try await settled()
        defer { withExtendedLifetime(fixture) {} }
        let stale = try #require(try await ledger.message(MessageKey("m3")))
        let row = try #require(stale.message)
        #expect(row.id == "3")
        #expect(row.status == .deadLetter)
        #expect(row.statusText == "DEAD_LETTER")
        #expect(row.reason == .stale)
        #expect(row.acceptedAt == now - .days(4))
        #expect(row.nextAskAt == now + .days(1))
        #expect(stale.tracking == Tracking(answers: 1, wasAnswered: true, reason: .stale))
        #expect(
            stale.timeline == [
                AuditEntry(
                    at: now, from: .pending, to: .deadLetter, reason: .stale, source: .inquiry,
                    detail: "answers=1 failures=0")
            ])
        let sent = try #require(try await ledger.message(MessageKey("m1")))
        #expect(sent.message?.reportCode == "10000")
        #expect(sent.tracking == nil)
        #expect(sent.timeline.first?.detail == "answers=1 failures=0 reported_at=2027-01-15T08:00:00.000Z")
        #expect(try await ledger.message(MessageKey("m6"))?.message?.reason == nil)
        #expect(try await ledger.message(MessageKey("none")) == nil)
    }

    @Test func aMessageWhoseRowIsGoneStillHasItsHistory() async throws {
        let (fixture, ledger) = try await settled()
        fixture.raw.run("DELETE FROM notification_history WHERE external_id = 'm1'")
        let detail = try #require(try await ledger.message(MessageKey("m1")))
        #expect(detail.message == nil)
        #expect(detail.timeline.count == 1)
    }

    @Test func nothingTheProviderWordedIsOutsideTheRow() async throws {
        let (fixture, _) = try await settled()
        for table in ["reconciler_audit", "reconciler_message", "reconciler_alert", "reconciler_meta"] {
            for row in fixture.raw.rows("SELECT * FROM \(table)") {
                #expect(!row.contains { $0?.contains("some words") == true })
            }
        }
    }
}
