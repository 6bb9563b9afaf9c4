import Engine
import Reconciliation
import Support
import Testing

@EventLoop
@Suite struct VerificationKeeperTests {
    private let stage = VerificationStage()

    private func progress(lookedAt: Timestamp? = nil, until: Timestamp? = nil) async throws {
        try await stage.ledger.keep(
            VerificationSchedule.Progress(
                beganAt: stage.time.now - .seconds(86_400), lookedAt: lookedAt ?? stage.time.now,
                verifiedUntil: until ?? stage.yesterday.upperBound))
    }

    private var verifiedUntil: Timestamp? {
        get async throws { try await stage.ledger.verificationProgress()?.verifiedUntil }
    }

    private var lookedAt: Timestamp? {
        get async throws { try await stage.ledger.verificationProgress()?.lookedAt }
    }

    /// Looks every ten seconds for so long.
    private func run(_ keeper: VerificationKeeper, for duration: Duration) async {
        let end = stage.time.uptime + duration
        while stage.time.uptime < end {
            keeper.look()
            await stage.time.untilIdle()
            let pause = min(.seconds(10), stage.time.pauses.first ?? .seconds(10))
            stage.time.advance(by: min(pause, end - stage.time.uptime))
            await stage.time.untilIdle()
        }
    }

    @Test("at the first start it notes that nothing is due, and asks nothing")
    func firstStart() async throws {
        let keeper = stage.keeper()
        await run(keeper, for: .seconds(60))
        #expect(
            try await stage.ledger.verificationProgress() == .init(beganAt: Timestamp(seconds: 1_800_000_000)))
        #expect(stage.provider.statisticsAsked.isEmpty)
    }

    @Test("it looks once an hour")
    func hourly() async throws {
        try await progress()
        await run(stage.keeper(), for: .seconds(3 * 3600 + 60))
        #expect(stage.provider.statisticsAsked.count == 3)
        #expect(stage.provider.pagesAsked.count == 3)
    }

    @Test("a day is verified once")
    func day() async throws {
        try await progress(until: stage.yesterday.lowerBound)
        stage.provider.pages = [await stage.add(1, .deadLetter, ["10000"], at: stage.yesterday.lowerBound)]
        await run(stage.keeper(), for: .seconds(120))
        #expect(try await verifiedUntil == stage.yesterday.upperBound)
        #expect(stage.provider.pagesAsked.map(\.requestTime) == [stage.yesterday.lowerBound])
        #expect(await stage.status(1) == .sent)
    }

    @Test("told to end in the middle it marks no day as verified, and the next process begins it anew")
    func endedInTheMiddle() async throws {
        try await progress(until: stage.yesterday.lowerBound)
        stage.provider.pages = (0..<10).map { stage.entries($0, ["10000"], at: stage.yesterday.lowerBound) }
        let keeper = stage.keeper()
        keeper.look()
        _ = await stage.time.advance { stage.provider.pagesAsked.count == 4 }
        #expect(stage.provider.pagesAsked.count == 4)
        await keeper.drain()
        #expect(try await verifiedUntil == stage.yesterday.lowerBound)
        keeper.look()
        await stage.time.untilIdle()
        #expect(stage.provider.pagesAsked.count == 4)
        await run(stage.keeper(), for: .seconds(120))
        #expect(try await verifiedUntil == stage.yesterday.upperBound)
        #expect(stage.provider.pagesAsked.count == 14)
    }

    @Test("told to end before its first question it does not count as having looked")
    func endedAtOnce() async throws {
        let before = stage.time.now - .seconds(7200)
        try await progress(lookedAt: before)
        let keeper = stage.keeper()
        keeper.look()
        await stage.time.untilIdle()
        await keeper.drain()
        #expect(stage.provider.statisticsAsked.isEmpty)
        #expect(try await lookedAt == before)
    }

    @Test("while a day cannot be gone through looks go on, and it is tried less and less often")
    func dayThatFails() async throws {
        try await progress(until: stage.yesterday.lowerBound)
        stage.provider.days = []
        stage.provider.historyFault = { _ in QuestionFailure(.rejected, "service A999") }
        await run(stage.keeper(), for: .seconds(6 * 3600))
        #expect((5...6).contains(stage.provider.statisticsAsked.count))
        let tries = stage.provider.pagesAsked.count { $0.requestTime == stage.yesterday.lowerBound }
        #expect((6...12).contains(tries))
        #expect(try await verifiedUntil == stage.yesterday.lowerBound)
        stage.provider.historyFault = nil
        await run(stage.keeper(), for: .seconds(60))
        #expect(try await verifiedUntil == stage.yesterday.upperBound)
    }

    @Test("a store that fails is told, and looked at again after a minute")
    func storeFails() async throws {
        try await progress(lookedAt: stage.time.now - .seconds(7200))
        await stage.ledger.fail(with: LedgerError(.busy, "locked"))
        let keeper = stage.keeper()
        await run(keeper, for: .seconds(59))
        #expect(stage.log.events.count == 1)
        await stage.ledger.fail(with: nil)
        await run(keeper, for: .seconds(60))
        #expect(stage.provider.statisticsAsked.count == 1)
    }

    @Test("a clock that was a year ahead keeps nothing from being verified")
    func clockWasAhead() async throws {
        let ahead = stage.time.now + .seconds(365 * 86_400)
        try await progress(lookedAt: ahead, until: ahead)
        await run(stage.keeper(), for: .seconds(60))
        #expect(try await verifiedUntil == stage.yesterday.upperBound)
        #expect(stage.provider.statisticsAsked.count == 1)
    }

    @Test("where nothing is verified any more, what it told of is over")
    func switchedOff() async throws {
        let key = try #require(SenderKey("aaaaaaaaaaaaaaaa"))
        try await stage.ledger.observe(
            [.holds(key.identity, detail: "blocked"), .holds(AlertIdentity(.deliveryCollapse), detail: "4%")],
            at: stage.time.now)
        await run(stage.keeper(nil), for: .seconds(60))
        stage.time.advance(by: .seconds(601))
        try await stage.ledger.observe([], at: stage.time.now)
        #expect(try await stage.ledger.alerts(at: stage.time.now).alerts.filter(\.isFiring).isEmpty)
        #expect(stage.keeper(nil).pause == nil)
    }

    @Test("how often it is to be called follows from how often it looks")
    func pause() {
        func pause(_ every: Duration) -> Duration? {
            stage.keeper(VerificationSchedule(every: every, dayAt: .zero, zone: .utc)).pause
        }
        #expect(pause(.milliseconds(1)) == .milliseconds(250))
        #expect(pause(.seconds(8)) == .seconds(2))
        #expect(pause(.seconds(86_400)) == .seconds(60))
    }
}
