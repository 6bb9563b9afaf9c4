import Engine
import Reconciliation
import Support
import Testing

@EventLoop
@Suite struct LeaseKeeperTests {
    private let time = VirtualTime()
    private let leases: InMemoryLeases
    private let log = RecordingLog()

    init() {
        leases = InMemoryLeases(time: time)
    }

    private func keeper(_ id: String, every interval: Duration = .seconds(60), log: (any Log)? = nil) -> LeaseKeeper {
        LeaseKeeper(
            .cycles, Lease(interval: interval), as: LeaseInstance(id: id, host: "host-\(id)", processID: 7),
            ledger: leases, time: time, log: log ?? RecordingLog())
    }

    /// Time in steps in which everybody looks.
    private func pass(_ duration: Duration) async {
        let end = time.uptime + duration
        await time.untilIdle()
        while time.uptime < end {
            time.advance(by: min(time.pauses.first ?? .seconds(1), end - time.uptime))
            await time.untilIdle()
        }
    }

    @Test("who is first works, and renews") func whoIsFirstWorksAndRenews() async {
        let first = keeper("a", log: log)
        first.start()
        await pass(.seconds(600))
        #expect(first.term == 1)
        #expect(leases.records[.cycles]?.until == time.now + .seconds(90))
        #expect(log.events.map(\.name) == ["lease.taken"], "a renewal is no news")
        await first.release()
    }

    @Test("the second stands by, says for whom once, and takes over when the first is silent")
    func theSecondStandsByAndTakesOver() async {
        let (first, second) = (keeper("a"), keeper("b", log: log))
        first.start()
        await pass(.seconds(7))
        second.start()
        await pass(.seconds(600))
        #expect(second.term == nil)
        #expect(log.names == ["lease.standby"])
        #expect(log.events.first?.fields.contains(LogField("owner", .string("host-a, process 7"))) == true)
        // Its process is gone: what it held is not given back.
        let taken = EventLoop.task { await second.had() }
        leases.silence("a")
        await pass(.seconds(120))
        #expect(await taken.value == 2)
        #expect(log.names == ["lease.standby", "lease.taken"])
        leases.silence(nil)
        await first.release()
        #expect(second.term == 2, "what another one has is not given back")
        await second.release()
    }

    @Test("given back, it is taken at the next look") func givenBackItIsTakenAtTheNextLook() async {
        let (first, second) = (keeper("a"), keeper("b"))
        first.start()
        await pass(.seconds(1))
        second.start()
        await pass(.seconds(100))
        await first.release()
        await pass(.seconds(15))
        #expect(second.term == 2)
        await second.release()
    }

    @Test("one that was paused learns that it has lost, and stands by again")
    func oneThatWasPausedLearnsThatItHasLost() async {
        let (first, second) = (keeper("a", log: log), keeper("b"))
        first.start()
        await pass(.seconds(1))
        var standings: [LeaseStanding] = []
        first.onChange = { standings.append($0) }
        leases.silence("a")
        second.start()
        await pass(.seconds(120))
        #expect(first.term == 1 && second.term == 2, "it cannot know yet")
        leases.silence(nil)
        await pass(.seconds(30))
        #expect(standings.count == 2)
        #expect(standings.first == .lost(owner: LeaseInstance(id: "b", host: "host-b", processID: 7)))
        #expect(first.term == nil)
        #expect(log.names.suffix(2) == ["lease.lost", "lease.standby"])
        await first.release()
        await second.release()
    }

    @Test("alerts wait until it is beyond doubt whose they are") func alertsWaitUntilItIsBeyondDoubt() async throws {
        let (first, second) = (keeper("a"), keeper("b"))
        let alerts = LeasedAlertLedger(NoAlerts(), first)
        await first.look()
        #expect(try await alerts.alerts(at: time.now) == AlertSnapshot())
        // Paused; another one works meanwhile.
        time.advance(by: .seconds(91))
        await second.look()
        #expect(second.term == 2)
        let error = await #expect(throws: LedgerError.self) { try await alerts.alerts(at: time.now) }
        #expect(error?.kind == .superseded)
    }

    @Test("a clock that stood still while the machine slept hides nothing")
    func aClockThatStoodStillHidesNothing() async throws {
        let (first, second) = (keeper("a"), keeper("b"))
        await first.look()
        time.set(time.now + .seconds(91))
        await second.look()
        let error = await #expect(throws: LedgerError.self) { try await first.confirm() }
        #expect(error?.kind == .superseded)
    }

    @Test("a server that does not answer takes the work from nobody, and is told once")
    func aServerThatDoesNotAnswerTakesTheWorkFromNobody() async throws {
        let first = keeper("a", log: log)
        first.start()
        await pass(.seconds(1))
        leases.failure = LedgerError(.unusable, "no answer")
        await pass(.seconds(600))
        #expect(first.term == 1)
        let error = await #expect(throws: LedgerError.self) { try await first.confirm() }
        #expect(error?.kind == .unusable)
        leases.failure = nil
        await pass(.seconds(15))
        try await first.confirm()
        #expect(first.term == 1)
        #expect(log.names == ["lease.taken", "lease.failed", "lease.recovered"])
        await first.release()
    }

    @Test("that its own commit keeps the lease's row locked is nothing to tell while the claim lasts")
    func aLockedRowIsNothingToTellWhileTheClaimLasts() async {
        let first = keeper("a", log: log)
        first.start()
        await pass(.seconds(1))
        leases.failure = LedgerError(.busy, "locked")
        await pass(.seconds(75))
        leases.failure = nil
        await pass(.seconds(15))
        #expect(log.names == ["lease.taken"])
        leases.failure = LedgerError(.busy, "locked")
        await pass(.seconds(120))
        #expect(log.names == ["lease.taken", "lease.failed"], "by then another one may have it")
        leases.failure = nil
        await pass(.seconds(15))
        #expect(log.names == ["lease.taken", "lease.failed", "lease.recovered"])
        await first.release()
    }

    @Test("who stands by, and is let in no more, says every hour what that means")
    func whoIsLetInNoMoreSaysSoEveryHour() async {
        let second = keeper("b", log: log)
        leases.failure = LedgerError(.unusable, "access denied")
        second.start()
        await pass(.seconds(3 * 3600 - 60))
        #expect(log.names == ["lease.failed", "lease.failed", "lease.failed"])
        #expect(log.events.allSatisfy { $0.level == .error })
        let text = "access denied; until that is mended this instance cannot take over"
        #expect(log.events.first?.fields.contains(LogField("error", .string(text))) == true)
        #expect(second.failure?.message == "access denied")
        leases.failure = nil
        await pass(.seconds(30))
        #expect(second.failure == nil)
        #expect(log.names.suffix(2) == ["lease.recovered", "lease.taken"])
        await second.release()
    }

    @Test("who waits for it is let go when it is given up") func whoWaitsIsLetGo() async {
        let (first, second) = (keeper("a"), keeper("b"))
        await first.look()
        second.start()
        let waiting = EventLoop.task { await second.had() }
        await pass(.seconds(30))
        await second.release()
        #expect(await waiting.value == nil)
    }
}

private struct NoAlerts: AlertLedger {
    func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot { AlertSnapshot() }
    func record(_ telling: NotificationRecord) async throws(LedgerError) {}
    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {}
}
