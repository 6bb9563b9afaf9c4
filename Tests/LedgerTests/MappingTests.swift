import Engine
import Ledger
import Reconciliation
import Testing

/// What is written into the application's row, and in which form.
@Suite struct MappingTests {
    private func row(_ fixture: Fixture, _ key: String) -> [String?] {
        fixture.raw.rows(
            "SELECT status, report_code, error_message, updated_at FROM notification_history WHERE external_id = '\(key)'"
        ).first ?? []
    }

    @Test func aSettledRowHoldsCodeMessageAndTime() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3, age: .days(4))
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        let decisions = due.map { message in
            switch message.key.text {
            case "m1": message.delivered()
            case "m2": message.failed("64016")
            default: message.open()
            }
        }
        _ = try await ledger.commit(decisions, at: now)
        let time = "2027-01-15T17:00:00+09:00"
        #expect(row(fixture, "m1") == ["SENT", "10000", nil, time])
        #expect(row(fixture, "m2") == ["DEAD_LETTER", "64016", "[64016] recipient: some words", time])
        #expect(
            row(fixture, "m3")
                == ["DEAD_LETTER", nil, "[STALE] no delivery report 72h after acceptance (asked 1 times)", time])
    }

    @Test func aLateReportEmptiesTheMessage() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1, age: .days(4))
        let ledger = try fixture.open()
        let message = try #require(try await ledger.dueMessage("m1"))
        _ = try await ledger.commit([message.open()], at: now)
        let tomorrow = now + .days(1)
        let watched = try #require(try await ledger.dueMessage("m1", at: tomorrow))
        _ = try await ledger.commit([watched.delivered(at: tomorrow)], at: tomorrow)
        #expect(row(fixture, "m1") == ["SENT", "10000", nil, "2027-01-16T17:00:00+09:00"])
    }

    @Test func aMessageThatOnlyWaitsIsNotTouched() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        let before = row(fixture, "m1")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.open() }, at: now)
        #expect(row(fixture, "m1") == before)
    }

    @Test func columnsMappedToNullAreNotTouched() async throws {
        let fixture = Fixture {
            $0.columns.reportCode = nil
            $0.columns.updatedAt = nil
        }
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET report_code = 'mine', updated_at = 'mine'")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.failed("64016") }, at: now)
        #expect(row(fixture, "m1") == ["DEAD_LETTER", "mine", "[64016] recipient: some words", "mine"])
    }

    @Test func aColumnThatAdmitsNoNullIsEmptiedWithAnEmptyText() async throws {
        let table = Fixture.table.split(separator: "error_message TEXT")
            .joined(separator: "error_message TEXT NOT NULL DEFAULT ''")
        let fixture = Fixture(table: table)
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        #expect(row(fixture, "m1").prefix(3) == ["SENT", "10000", ""])
    }

    @Test func namesAreFoundInAnyCase() async throws {
        let fixture = Fixture {
            $0.table = "Notification_History"
            $0.columns.status = "STATUS"
        }
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now)
        #expect(fixture.status("m1") == "SENT")
    }

    @Test func keysThatLookLikeNumbersAreFoundInANumericColumn() async throws {
        let table = Fixture.table.split(separator: "external_id TEXT").joined(separator: "external_id NUMERIC")
        let fixture = Fixture(table: table)
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET external_id = '20260112110000001'")
        #expect(fixture.raw.value("SELECT typeof(external_id) FROM notification_history") == "integer")
        let ledger = try fixture.open()
        let message = try #require(try await ledger.dueMessage("20260112110000001"))
        _ = try await ledger.commit([message.open()], at: now)
        let again = try #require(try await ledger.dueMessage("20260112110000001", at: now + .hours(1)))
        #expect(again.tracking.answers == 1)
        _ = try await ledger.commit([again.delivered()], at: now)
        #expect(fixture.raw.value("SELECT status FROM notification_history") == "SENT")
    }

    @Test(arguments: [
        (LedgerConfiguration.TimeFormat.iso8601, "'2027-01-15T15:00:00+09:00'", 7200 as Int?),
        (.iso8601, "'2027-01-15 15:00:00'", 7200),
        (.iso8601, "'2027-01-15T06:00:00.5Z'", 7199),
        (.iso8601, "1799992800", nil),
        (.iso8601, "'soon'", nil),
        (.iso8601, "x'00ff'", nil),
        (.unix, "1799992800", 7200),
        (.unix, "1799992800.75", 7199),
        (.unix, "'1799992800'", 7200),
        (.unix, "'1799992800.0'", 7200),
        (.unix, "0", nil),
        (.unix, "-1", nil),
        (.unix, "9223372036854775807", nil),
        (.unix, "1e300", nil),
        (.unix, "'nan'", nil),
        (.unix, "'2027-01-15'", nil),
        (.unixMilliseconds, "1799992800000", 7200),
        (.unixMilliseconds, "'1799992800000'", 7200),
        (.unixMilliseconds, "-9223372036854775808", nil),
        (.unixMilliseconds, "1799992800000.4", 7200),
        (.unixMilliseconds, "1799992800", nil),
        (.unix, "1262303999", nil),
        (.unix, "1262304000", 537_696_000),
        (.iso8601, "'2009-12-31T23:59:59Z'", nil),
        (.iso8601, "'2010-01-01T00:00:00Z'", 537_696_000),
    ])
    func timesAreReadAsConfigured(_ format: LedgerConfiguration.TimeFormat, _ text: String, _ age: Int?) async throws {
        let table = Fixture.table.split(separator: "created_at TEXT NOT NULL").joined(separator: "created_at")
        let fixture = Fixture(table: table) { $0.timeFormat = format }
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET created_at = \(text)")
        let message = try #require(try await fixture.open().walk().first)
        #expect(message.acceptedAt.map { Int(((now - $0).inSeconds).rounded(.down)) } == age)
    }

    @Test func secondsTakenForMillisecondsGiveUpNothing() async throws {
        let table = Fixture.table.split(separator: "created_at TEXT NOT NULL").joined(separator: "created_at")
        let fixture = Fixture(table: table) { $0.timeFormat = .unixMilliseconds }
        fixture.addPending(1...3)
        fixture.raw.run("UPDATE notification_history SET created_at = \(now.milliseconds / 1000 - 7200)")
        let ledger = try fixture.open()
        let due = try await ledger.walk()
        #expect(try await ledger.commit(due.map { $0.open() }, at: now).applied.isEmpty)
        #expect(fixture.raw.count("SELECT count(*) FROM notification_history WHERE status = 'PENDING'") == 3)
    }

    @Test(arguments: [
        (LedgerConfiguration.TimeFormat.iso8601, 0, "2027-01-15T08:00:00Z", "text"),
        (.iso8601, -12_600, "2027-01-15T04:30:00-03:30", "text"),
        (.unix, 32_400, "1800000000", "integer"), (.unixMilliseconds, 32_400, "1800000000999", "integer"),
    ])
    func updatedAtIsWrittenAsConfiguredWhereTheRowHasNoTime(
        _ format: LedgerConfiguration.TimeFormat, _ offset: Int, _ expected: String, _ type: String
    ) async throws {
        let table = Fixture.table.split(separator: "updated_at TEXT").joined(separator: "updated_at")
        let fixture = Fixture(table: table) {
            $0.timeFormat = format
            $0.utcOffset = offset
        }
        fixture.addPending(1...1)
        fixture.raw.run("UPDATE notification_history SET created_at = 'soon', updated_at = NULL")
        let ledger = try fixture.open()
        _ = try await ledger.commit(try await ledger.walk().map { $0.delivered() }, at: now + .milliseconds(999))
        #expect(
            fixture.raw.rows("SELECT updated_at, typeof(updated_at) FROM notification_history") == [[expected, type]])
    }
}
