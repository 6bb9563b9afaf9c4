import Engine
import FoundationEssentials
import Glibc
import Ledger
import Reconciliation
import Support
import Testing

/// What every ledger must do with what a sweep has heard (`Ledger.note`, `noted`, `forgetNotes`).
@Suite struct ScanBufferContractTests {
    private func heard(
        _ key: String, _ code: String?, _ service: String? = "ALIMTALK", text: String? = nil, at time: Timestamp = now
    ) -> ScannedReport {
        ScannedReport(
            ReportEntry(
                key: MessageKey(key), serviceType: service, code: code.flatMap { ReportCode($0) }, text: text,
                reportedAt: code == nil ? nil : time),
            askedAt: time)
    }

    @Test("messages not heard of before are counted", arguments: ReportImplementation.allCases)
    func messagesNotHeardOfBeforeAreCounted(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        #expect(try await subject.ledger.note([]) == 0)
        #expect(try await subject.ledger.note([heard("a", nil), heard("b", "64016")]) == 2)
        #expect(try await subject.ledger.note([heard("a", nil, "SMS"), heard("c", nil), heard("c", nil, "SMS")]) == 1)
        #expect(try await subject.ledger.note([heard("a", nil), heard("b", "64016")]) == 0)
    }

    @Test("what was noted comes back whole", arguments: ReportImplementation.allCases)
    func whatWasNotedComesBackWhole(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let all = [
            heard("a", "64016", text: "no 'user'"), heard("a", nil, "SMS", at: now + .milliseconds(1)),
            heard("b", nil, nil), heard("키", "63005", nil, text: "읽음"),
        ]
        _ = try await subject.ledger.note(all)
        let noted = try await subject.ledger.noted(past: nil, limit: 10)
        #expect(Set(noted) == Set(all))
        #expect(noted.map(\.entry.key.text) == ["a", "a", "b", "키"], "message by message, in the order of keys")
    }

    @Test("a channel heard in flight and failed stays both", arguments: ReportImplementation.allCases)
    func aChannelHeardInFlightAndFailedStaysBoth(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        // In one batch or in two, in whatever order: two channels of a message can have one service type.
        _ = try await subject.ledger.note([heard("a", nil), heard("a", "64016")])
        _ = try await subject.ledger.note([heard("b", "64016")])
        _ = try await subject.ledger.note([heard("b", nil)])
        let noted = try await subject.ledger.noted(past: nil, limit: 10)
        for key in ["a", "b"] {
            let entries = noted.map(\.entry).filter { $0.key.text == key }
            #expect(Set(entries.map(\.code)) == [nil, ReportCode("64016")])
            guard case .inFlight = Verdict(entries: entries) else { Issue.record("\(key) is not in flight"); continue }
        }
    }

    @Test("what is heard again replaces what was heard", arguments: ReportImplementation.allCases)
    func whatIsHeardAgainReplacesWhatWasHeard(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for minute in 0..<3 { _ = try await subject.ledger.note([heard("a", nil, at: now + .minutes(Int64(minute)))]) }
        #expect(try await subject.ledger.noted(past: nil, limit: 10) == [heard("a", nil, at: now + .minutes(2))])
    }

    @Test("a page ends between messages and the next goes on past its key", arguments: ReportImplementation.allCases)
    func aPageEndsBetweenMessagesAndTheNextGoesOnPastItsKey(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let keys = (10..<35).map { "m\($0)" }
        for key in keys.shuffled() { _ = try await subject.ledger.note([heard(key, "64016"), heard(key, nil, "SMS")]) }
        var past: MessageKey?
        var pages: [[String]] = []
        while case let page = try await subject.ledger.noted(past: past, limit: 10), let last = page.last {
            pages.append(page.map(\.entry.key.text))
            past = last.entry.key
        }
        #expect(pages.map(\.count) == [20, 20, 10], "a limit of messages, each with all that was heard of it")
        #expect(pages.flatMap { $0 } == keys.flatMap { [$0, $0] })
        let next = try await subject.ledger.noted(past: MessageKey("m12x"), limit: 1)
        #expect(next.map(\.entry.key.text) == ["m13", "m13"], "past a key that was not noted")
    }

    @Test("what is forgotten is gone and new again", arguments: ReportImplementation.allCases)
    func whatIsForgottenIsGoneAndNewAgain(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        try await subject.ledger.forgetNotes()
        _ = try await subject.ledger.note([heard("a", nil), heard("b", "64016")])
        try await subject.ledger.forgetNotes()
        #expect(try await subject.ledger.noted(past: nil, limit: 10).isEmpty)
        #expect(try await subject.ledger.note([heard("a", nil)]) == 1)
    }

    @Test("notes end with their connection")
    func notesEndWithTheirConnection() async throws {
        let fixture = Fixture()
        let first = try fixture.open()
        _ = try await first.note([heard("a", nil)])
        let second = try fixture.open()
        #expect(try await second.noted(past: nil, limit: 10).isEmpty, "they are the connection's own")
        await first.close()
        #expect(try await fixture.open().noted(past: nil, limit: 10).isEmpty)
    }

    @Test("noting writes nothing to the application's database", arguments: ["WAL", "DELETE"])
    func notingWritesNothingToTheApplicationsDatabase(_ journal: String) async throws {
        let fixture = Fixture(journal: journal)
        fixture.addPending(1...10)
        let ledger = try fixture.open()
        let watcher = fixture.raw
        let version = watcher.value("PRAGMA data_version")
        let files = fixture.bytes
        _ = try await ledger.note((0..<5000).map { heard("m\($0)", "64016") })
        #expect(try await ledger.noted(past: nil, limit: 10_000).count == 5000)
        try await ledger.forgetNotes()
        #expect(watcher.value("PRAGMA data_version") == version)
        #expect(fixture.bytes == files)
        #expect(watcher.count("SELECT count(*) FROM sqlite_schema WHERE name = 'reconciler_heard'") == 0)
    }

    @Test("noting needs no lock of the database")
    func notingNeedsNoLockOfTheDatabase() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let writer = fixture.raw
        writer.run("BEGIN IMMEDIATE")
        #expect(try await ledger.note([heard("a", nil)]) == 1)
        writer.run("COMMIT")
        #expect(try await ledger.noted(past: nil, limit: 10).count == 1)
    }

    @Test("a database that may only be read can be swept for a preview")
    func aDatabaseThatMayOnlyBeReadCanBeSweptForAPreview() async throws {
        let fixture = Fixture()
        fixture.addPending(1...3)
        let files = fixture.bytes
        let preview = PreviewLedger(try fixture.open(.readOnly))
        #expect(try await preview.survey(at: now)?.messages == 3)
        #expect(try await preview.known([MessageKey("m1")], at: now).map(\.isDue) == [true])
        #expect(try await preview.note([heard("m1", "64016"), heard("m1", nil, "SMS")]) == 1)
        #expect(try await preview.noted(past: nil, limit: 10).count == 2)
        try await preview.forgetNotes()
        #expect(try await preview.noted(past: nil, limit: 10).isEmpty)
        #expect(fixture.bytes == files)
    }
}

extension Fixture {
    /// The database and the log of what was written to it, as they are at this moment.
    fileprivate var bytes: [[UInt8]] {
        ["", "-wal", "-journal"].map { suffix in
            var status = stat()
            // Foundation loses the memory it reads an empty file into.
            guard stat(path + suffix, &status) == 0, status.st_size > 0 else { return [] }
            return FileManager.default.contents(atPath: path + suffix).map(Array.init) ?? []
        }
    }
}
