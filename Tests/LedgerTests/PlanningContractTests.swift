import Engine
import Ledger
import Reconciliation
import Support
import Testing

/// What every ledger must do for a pass that asks about many messages at once: outline what is due, and find messages
/// by their keys (`Ledger.survey`, `Ledger.known`).
@Suite struct PlanningContractTests {
    private func known(_ subject: any ContractSubject, at time: Timestamp = now, _ keys: String...) async throws
        -> [KnownMessage]
    {
        try await subject.ledger.known(keys.map { MessageKey($0) }, at: time)
    }

    /// A message of which the question was answered with these codes at that time.
    private func ask(_ subject: any ContractSubject, _ key: String, _ codes: String..., at time: Timestamp = now)
        async throws
    {
        let message = try #require(try await known(subject, at: time, key).first).message
        let entries = codes.map { ReportEntry(key: message.key, code: ReportCode($0), reportedAt: time) }
        _ = try await subject.ledger.commit([message.judged(entries, at: time)], at: time)
    }

    // MARK: survey

    @Test("only what is due is surveyed", arguments: ReportImplementation.allCases)
    func onlyWhatIsDueIsSurveyed(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["DUE-001", "WAITS-001", "DONE-001"] {
            await subject.add(key, .pending, acceptedAt: now - .hours(1))
        }
        await subject.add("EXACTLY-001", .pending, acceptedAt: now - .minutes(10))
        await subject.add("YOUNG-001", .pending, acceptedAt: now - .minutes(10) + .milliseconds(1000))
        for (key, status) in [("SENT-001", RowStatus.sent), ("DEAD-001", .deadLetter), ("OTHER-001", .other)] {
            await subject.add(key, status, acceptedAt: now - .hours(1))
        }
        try await ask(subject, "WAITS-001")
        try await ask(subject, "DONE-001", "10000")
        let survey = try #require(try await subject.ledger.survey(at: now))
        #expect(survey.messages == 2)
        #expect(survey.sends == 2)
        #expect(survey.isWhole)
        let later = try #require(try await subject.ledger.survey(at: now + .minutes(10)))
        #expect(later.messages == 4, "what waited, and what was too young, is due by then")
    }

    @Test("the survey tells hours and sends apart", arguments: ReportImplementation.allCases)
    func theSurveyTellsHoursAndSendsApart(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let start = Timestamp(seconds: 1_800_000_000 - 5 * 3600)
        // The rows of a table are in the order of their acceptance, and those of the ledger without a file of their keys.
        for (send, at) in [("A", start), ("B", start + .minutes(1)), ("C", start + .hours(2))] {
            for recipient in 1...3 { await subject.add("\(send)-00\(recipient)", .pending, acceptedAt: at) }
        }
        await subject.add("D-001", .sent, acceptedAt: start + .hours(3))
        let survey = try #require(try await subject.ledger.survey(at: now))
        #expect(survey.stretches.map(\.first) == [start, start + .hours(2)])
        #expect(survey.stretches.map(\.messages) == [6, 3])
        #expect(survey.stretches.map(\.sends) == [2, 1])
        #expect(survey.stretches.map(\.rowsSince) == [10, 4], "with the row that is settled")
    }

    @Test("nothing due is an empty survey", arguments: ReportImplementation.allCases)
    func nothingDueIsAnEmptySurvey(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        #expect(try await subject.ledger.survey(at: now) == BacklogEstimate())
        await subject.add("YOUNG-001", .pending, acceptedAt: now)
        #expect(try await subject.ledger.survey(at: now) == BacklogEstimate())
    }

    @Test("watched dead letters are surveyed when their turn has come", arguments: ReportImplementation.allCases)
    func watchedDeadLettersAreSurveyedWhenTheirTurnHasCome(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["A-001", "A-002", "B-001", "REPORTED-001"] {
            await subject.add(key, .pending, acceptedAt: now - .days(4))
        }
        await subject.add("THEIRS-001", .deadLetter, acceptedAt: now - .days(4))
        for key in ["A-001", "A-002", "B-001"] { try await ask(subject, key) }
        try await ask(subject, "REPORTED-001", "64016")
        #expect(try await subject.ledger.survey(at: now) == BacklogEstimate())
        let survey = try #require(try await subject.ledger.survey(at: now + .days(1)))
        #expect(survey.messages == 3)
        #expect(survey.sends == 2)
    }

    @Test("what joins is surveyed with what is due", arguments: ReportImplementation.allCases)
    func whatJoinsIsSurveyedWithWhatIsDue(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("A-001", .pending, acceptedAt: now - .hours(1))
        await subject.add("A-002", .pending, acceptedAt: now)
        let young = try await known(subject, "A-002").map(\.message)
        let survey = try #require(try await subject.ledger.survey(at: now, with: young))
        #expect(survey.messages == 2)
        #expect(survey.stretches.map(\.messages) == [1, 1])
    }

    @Test("without an index on keys there is no survey")
    func withoutAnIndexOnKeysThereIsNoSurvey() async throws {
        let subject = try MappedSubject(indexed: false)
        subject.add("DUE-001", .pending, acceptedAt: now - .hours(1))
        #expect(try await subject.ledger.survey(at: now) == nil)
        #expect(try await subject.ledger.known([MessageKey("DUE-001")], at: now).isEmpty)
    }

    // MARK: known

    @Test("pending messages are known with whether they are due", arguments: ReportImplementation.allCases)
    func pendingMessagesAreKnownWithWhetherTheyAreDue(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["due", "waits"] { await subject.add(key, .pending, acceptedAt: now - .hours(1)) }
        await subject.add("young", .pending, acceptedAt: now - .minutes(9))
        try await ask(subject, "waits", "63005")
        let found = try await known(subject, "due", "waits", "young")
        #expect(found.map(\.message.key.text) == ["due", "waits", "young"])
        #expect(found.map(\.isDue) == [true, false, false])
        #expect(found.map(\.isYoung) == [false, false, true])
        #expect(found.allSatisfy { $0.message.status == .pending })
        #expect(found.map(\.message.acceptedAt) == [now - .hours(1), now - .hours(1), now - .minutes(9)])
        let tracking = Tracking(answers: 1, wasAnswered: true, lastCode: ReportCode("63005"))
        #expect(found.map(\.message.tracking) == [Tracking(), tracking, Tracking()])
        let later = try await known(subject, at: now + .minutes(10), "due", "waits", "young")
        #expect(later.map(\.isDue) == [true, true, true])
    }

    @Test("a dead letter put back by hand is due at once, and starts anew", arguments: ReportImplementation.allCases)
    func aDeadLetterPutBackByHandIsDueAtOnceAndStartsAnew(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["stale", "reported"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        await subject.add("young", .pending, acceptedAt: now - .minutes(1))
        try await ask(subject, "stale")
        for key in ["reported", "young"] { try await ask(subject, key, "64016") }
        for key in ["stale", "reported", "young"] { await subject.set(key, .pending) }
        let found = try await known(subject, "stale", "reported", "young")
        #expect(found.map(\.isDue) == [true, true, true])
        #expect(found.allSatisfy { $0.message.status == .pending })
        #expect(found.allSatisfy { $0.message.tracking == Tracking() })
        // And once it has been asked about, it waits like every other.
        await subject.add("again", .pending, acceptedAt: now - .hours(1))
        try await ask(subject, "again", "64016")
        await subject.set("again", .pending)
        try await ask(subject, "again")
        #expect(try await known(subject, "again").map(\.isDue) == [false])
    }

    @Test("dead letters are known with their reasons", arguments: ReportImplementation.allCases)
    func deadLettersAreKnownWithTheirReasons(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        for key in ["stale", "uncertain", "reported"] { await subject.add(key, .pending, acceptedAt: now - .days(4)) }
        await subject.add("unverifiable", .pending, acceptedAt: now - .days(31))
        await subject.add("theirs", .deadLetter, acceptedAt: now - .days(4))
        try await ask(subject, "stale")
        try await ask(subject, "uncertain", "63005")
        try await ask(subject, "reported", "64016")
        try await ask(subject, "unverifiable")
        func look(at time: Timestamp) async throws -> [KnownMessage] {
            try await known(subject, at: time, "stale", "uncertain", "reported", "unverifiable", "theirs")
        }
        let found = try await look(at: now)
        #expect(found.allSatisfy { $0.message.status == .deadLetter })
        #expect(found.map(\.message.tracking.reason) == [.stale, .uncertain, .reported, .unverifiable, nil])
        #expect(found.map(\.isDue) == [false, false, false, false, false])
        // Only those that are watched are asked about again, a day later.
        #expect(try await look(at: now + .days(1)).map(\.isDue) == [true, true, false, false, false])
    }

    @Test("what a report cannot change is left out", arguments: ReportImplementation.allCases)
    func whatAReportCannotChangeIsLeftOut(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("sent", .sent, acceptedAt: now - .hours(1))
        await subject.add("theirs", .other, acceptedAt: now - .hours(1))
        await subject.add("pending", .pending, acceptedAt: now - .hours(1))
        await subject.add("gone", .pending, acceptedAt: now - .hours(1))
        await subject.remove("gone")
        let found = try await known(subject, "sent", "theirs", "none", "", "pending", "gone")
        #expect(found.map(\.message.key.text) == ["pending"])
        #expect(try await subject.ledger.known([], at: now).isEmpty)
    }

    @Test("of many keys those that are there are known, in the order asked", arguments: ReportImplementation.allCases)
    func ofManyKeysThoseThatAreThereAreKnownInTheOrderAsked(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let keys = (0..<75).map { "k\($0)" }
        for (number, key) in keys.enumerated() where number % 3 > 0 {
            await subject.add(key, number % 3 == 1 ? .pending : .deadLetter, acceptedAt: now - .hours(1))
        }
        let asked = Array(keys.reversed())
        let known = try await subject.ledger.known(asked.map(MessageKey.init), at: now)
        #expect(known.map(\.message.key.text) == asked.filter { Int($0.dropFirst())! % 3 > 0 })
    }

    @Test("only the very key is found", arguments: ReportImplementation.allCases)
    func onlyTheVeryKeyIsFound(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        let keys = ["Key1", "O'Brien''s \"key\"; --", "caf\u{e9}", "100"]
        for key in keys { await subject.add(key, .pending, acceptedAt: now - .hours(1)) }
        let found = try await subject.ledger.known(keys.map { MessageKey($0) }, at: now)
        #expect(found.map(\.message.key.text) == keys)
        let others = [
            "key1", "KEY1", " Key1", "Key1 ", "Key1\n", "Key", "Key_", "Key%", "O'Brien", "100.0", "0100", "1e2",
        ]
        for key in others { #expect(try await known(subject, key).isEmpty, "\(key)") }
    }

    @Test(
        "a column that compares loosely finds the very key all the same",
        arguments: ["COLLATE NOCASE", "COLLATE RTRIM"])
    func aColumnThatComparesLooselyFindsTheVeryKeyAllTheSame(_ collation: String) async throws {
        let table = Fixture.table.split(separator: "TEXT UNIQUE").joined(separator: "TEXT UNIQUE \(collation)")
        let fixture = Fixture(table: table)
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        #expect(try await ledger.known([MessageKey("m1")], at: now).count == 1)
        for key in ["M1", "m1 "] { #expect(try await ledger.known([MessageKey(key)], at: now).isEmpty) }
    }

    @Test("a known message can be settled", arguments: ReportImplementation.allCases)
    func aKnownMessageCanBeSettled(_ implementation: ReportImplementation) async throws {
        let subject = try implementation.make()
        await subject.add("a", .pending, acceptedAt: now - .hours(1))
        let message = try #require(try await known(subject, "a").first).message
        let result = try await subject.ledger.commit([message.delivered()], at: now)
        #expect(result.applied.map(\.key.text) == ["a"])
        #expect(await subject.status("a") == .sent)
        #expect(try await known(subject, "a").isEmpty)
    }
}
