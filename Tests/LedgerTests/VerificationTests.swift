import Engine
@testable import Ledger
import Reconciliation
import Testing

/// What is kept of verifications, and shown.
@Suite struct VerificationTests {
    private func difference(_ kind: Difference.Kind, _ key: String, code: String? = "64008") -> Difference {
        Difference(
            kind, MessageKey(key), rowStatus: kind == .missingRow ? nil : .sent, code: code.flatMap(ReportCode.init),
            acceptedAt: now - .hours(2))
    }

    @Test("where nothing was ever verified there is nothing, and nobody works on the database")
    func nothing() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let overview = try await ledger.overview(at: now)
        #expect(overview.verification == nil)
        #expect(overview.differences.isEmpty)
        #expect(!overview.isWorkedOn)
        #expect(try await ledger.figures(at: now).verification == VerificationFigures())
    }

    @Test("progress is kept as far as there is any")
    func progress() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        var progress = VerificationSchedule.Progress(beganAt: now - .hours(9))
        try await ledger.keep(progress)
        #expect(try await ledger.verificationProgress() == progress)
        progress.lookedAt = now - .hours(1)
        try await ledger.keep(progress)
        #expect(try await ledger.verificationProgress() == progress)
        progress.verifiedUntil = now - .hours(8)
        try await ledger.keep(progress)
        #expect(try await ledger.overview(at: now).verification == progress)
        #expect(try await ledger.figures(at: now).verification.progress == progress)
    }

    @Test("differences are counted by kind, and the newest are shown")
    func differences() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        _ = try await ledger.note([difference(.missingRow, "m0", code: nil)], at: now)
        _ = try await ledger.note((1...9).map { difference(.falseSent, "f\($0)") }, at: now + .seconds(1))
        _ = try await ledger.note([difference(.healed, "h"), difference(.falseSent, "f1")], at: now + .seconds(2))
        let counts: [Difference.Kind: Int] = [.missingRow: 1, .falseSent: 9, .healed: 1]
        #expect(try await ledger.overview(at: now).differences == counts)
        let figures = try await ledger.figures(at: now).verification
        #expect(figures.counts == counts)
        #expect(figures.newest == [difference(.healed, "h")] + (1...9).map { difference(.falseSent, "f\($0)") })
    }

    @Test("a message comes with what was found of it, also without a row")
    func message() async throws {
        let fixture = Fixture()
        fixture.addPending(1...1)
        let ledger = try fixture.open()
        let found = [difference(.falseSent, "m1"), difference(.healed, "m1")]
        for (seconds, one) in found.enumerated() {
            _ = try await ledger.note([one], at: now + .seconds(Int64(seconds)))
        }
        _ = try await ledger.note([difference(.missingRow, "none")], at: now)
        #expect(try await ledger.message(MessageKey("m1"))?.differences == found)
        let missing = try #require(try await ledger.message(MessageKey("none")))
        #expect(missing.message == nil)
        #expect(missing.differences == [difference(.missingRow, "none")])
        #expect(try await ledger.message(MessageKey("other")) == nil)
    }

    @Test("an instance that holds the lock works on the database")
    func role() async throws {
        let fixture = Fixture()
        let ledger = try fixture.open()
        let lock = try InstanceLock.acquire(forDatabase: fixture.path)
        #expect(try await ledger.overview(at: now).isWorkedOn)
        withExtendedLifetime(lock) {}
    }
}
