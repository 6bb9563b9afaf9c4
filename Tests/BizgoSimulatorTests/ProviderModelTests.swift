import Testing

@testable import BizgoSimulator

@Suite("The provider's model")
struct ProviderModelTests {
    private func model(_ change: (inout SimulatorConfiguration) -> Void = { _ in }) -> ProviderModel {
        var configuration = SimulatorConfiguration()
        change(&configuration)
        return ProviderModel(configuration: configuration)
    }

    private func recipients(_ count: Int) -> [SendRequest.Recipient] {
        (0..<count).map { SendRequest.Recipient(to: "01000000" + String(100 + $0)) }
    }

    private func codes(_ views: [ReportView], _ now: Int64) -> [String?] {
        views.map { $0.plan.visibleCode(now: now) }
    }

    @Test("A send gives each recipient a key that begins with the request's id")
    func keys() {
        var model = model()
        let results = model.send(SendRequest(recipients: recipients(200), flow: [.alimtalk]), now: noon)
        let keys = results.compactMap(\.msgKey)
        #expect(Set(keys).count == 200)
        #expect(Set(keys.map(MessagePlan.requestId)) == ["20260112110000000SIM000000001"])
        #expect(keys.first?.hasSuffix("000") == true)
        #expect(keys.last?.hasSuffix("199") == true)
        #expect(model.statuses(requestId: "20260112110000000SIM000000001", now: noon).count == 200)
    }

    @Test("Reports are not known before they mature; message status shows the channel in flight")
    func maturing() {
        var model = model()
        model.load([.message("key000", .alimtalk("10000", at: noon + 500))])
        #expect(model.reports(msgKey: "key000", now: noon + 499).isEmpty)
        #expect(codes(model.statuses(msgKey: "key000", now: noon + 499), noon + 499) == [nil])
        #expect(codes(model.reports(msgKey: "key000", now: noon + 500), noon + 500) == ["10000"])
        #expect(codes(model.statuses(msgKey: "key000", now: noon + 500), noon + 500) == ["10000"])
    }

    @Test("A fallback channel is listed from the moment the one before it failed")
    func fallback() {
        var model = model { configuration in
            configuration.outcomes = .always(.fallbackDelivered)
            configuration.reportDelay = .fixed(milliseconds: 1000)
            configuration.failureCodes = ["64016"]
        }
        let send = SendRequest(recipients: recipients(1), flow: [.alimtalk, .sms])
        let key = model.send(send, now: noon)[0].msgKey ?? ""
        #expect(codes(model.statuses(msgKey: key, now: noon), noon) == [nil])
        #expect(codes(model.statuses(msgKey: key, now: noon + 1000), noon + 1000) == ["64016", nil])
        #expect(codes(model.reports(msgKey: key, now: noon + 1000), noon + 1000) == ["64016"])
        #expect(codes(model.reports(msgKey: key, now: noon + 2000), noon + 2000) == ["64016", "10000"])
    }

    @Test("At no moment do all channels look failed while one is still to come")
    func neverFalselyFailed() {
        var model = model { configuration in
            configuration.outcomes = OutcomeWeights([.fallbackDelivered: 1, .fallbackInFlight: 1])
            configuration.reportDelay = .uniform(milliseconds: 0...300)
        }
        let keys = model.send(SendRequest(recipients: recipients(100), flow: [.alimtalk, .sms]), now: noon)
            .compactMap(\.msgKey)
        for key in keys {
            for now in stride(from: noon, to: noon + 700, by: 1) {
                let seen = codes(model.statuses(msgKey: key, now: now), now)
                #expect(seen.contains(nil) || seen.contains("10000"))
            }
        }
    }

    @Test("The same seed gives the same outcomes, another one others")
    func seeds() {
        func outcomes(_ seed: UInt64) -> [MessagePlan] {
            var model = model {
                $0.seed = seed
                $0.reportDelay = .exponential(meanMilliseconds: 5000)
            }
            _ = model.send(SendRequest(recipients: recipients(200), flow: [.alimtalk, .sms]), now: noon)
            return model.plans
        }
        #expect(outcomes(1) == outcomes(1))
        #expect(outcomes(1) != outcomes(2))
    }

    @Test("Outcomes come as often as their weights say")
    func weights() {
        var model = model { $0.outcomes = OutcomeWeights([.delivered: 3, .failed: 1, .fallbackFailed: 4]) }
        for request in 0..<50 {
            let flow: [Channel] = request < 25 ? [.alimtalk] : [.alimtalk, .sms]
            _ = model.send(SendRequest(recipients: recipients(200), flow: flow), now: noon)
        }
        func share(_ outcome: PlannedOutcome, _ range: Range<Int>) -> Double {
            Double(model.plans[range].count { $0.outcome == outcome }) / Double(range.count)
        }
        #expect(abs(share(.delivered, 0..<5000) - 0.75) < 0.03)
        #expect(share(.fallbackFailed, 0..<5000) == 0, "one channel has nothing to fall back to")
        #expect(abs(share(.fallbackFailed, 5000..<10_000) - 0.5) < 0.03)
    }

    @Test("What is sent while the account is suspended reports 64008, before and after as drawn")
    func suspended() {
        var model = model { $0.outcomes = .always(.delivered) }
        let send = SendRequest(recipients: recipients(1), flow: [.alimtalk, .sms])
        let before = model.send(send, now: noon)[0].msgKey ?? ""
        model.suspendedSince = noon
        let during = model.send(send, now: noon)[0].msgKey ?? ""
        model.suspendedSince = nil
        let after = model.send(send, now: noon)[0].msgKey ?? ""
        #expect(
            [before, during, after].map { codes(model.reports(msgKey: $0, now: noon), noon) } == [
                ["10000"], ["64008"], ["10000"],
            ])
    }

    @Test("A message is found for thirty days and not a millisecond longer")
    func window() {
        var model = model()
        model.load([.message("key000", .alimtalk("10000"))])
        let last = noon + 30 * 86_400_000
        #expect(model.reports(msgKey: "key000", now: last).count == 1)
        #expect(model.reports(msgKey: "key000", now: last + 1).isEmpty)
        #expect(model.statuses(msgKey: "key000", now: last + 1).isEmpty)
        #expect(model.statuses(requestId: "key", now: last + 1).isEmpty)
        #expect(model.plan("key000") != nil, "the truth stays")
    }

    @Test("Loading a known key replaces what was planned")
    func replaced() {
        var model = model()
        model.load([.message("key000", .alimtalk(nil)), .message("key001", .alimtalk("10000"))])
        model.load([.message("key000", .alimtalk("64016"), .sms("10000"))])
        #expect(codes(model.reports(msgKey: "key000", now: noon), noon) == ["64016", "10000"])
        #expect(model.statuses(requestId: "key", now: noon).count == 3)
        #expect(model.plans.count == 2)
    }

    @Test("An idempotency key is in force for its time to live")
    func idempotency() {
        var model = model()
        let results = [SendRequest.Result(to: "01000000001", msgKey: "K", code: "A000")]
        model.note(results, idempotencyKey: "a", ttlMilliseconds: 1000, now: noon)
        #expect(model.known(idempotencyKey: "a", now: noon + 999) == results)
        #expect(model.known(idempotencyKey: "b", now: noon) == nil)
        #expect(model.known(idempotencyKey: "a", now: noon + 1000) == nil)
    }

    @Test("Announcements come out by time, each once")
    func announcements() {
        var generator = SeededGenerator(seed: 5)
        var queue = AnnouncementQueue()
        let times = (0..<2000).map { _ in Int64.random(in: 0...500, using: &generator) }
        for (index, at) in times.enumerated() { queue.insert(Announcement(at: at, message: index, channel: 0)) }
        var seen: [Announcement] = []
        for now in stride(from: Int64(0), through: 500, by: 50) {
            while let due = queue.popDue(now: now) {
                #expect(due.at <= now)
                seen.append(due)
            }
        }
        #expect(seen.map(\.at) == times.sorted())
        #expect(Set(seen.map(\.message)).count == 2000)
    }

    @Test("Matured reports are handed over once, and only those announced")
    func matured() {
        let model = Box(model())
        model.value.load([
            .message("loud000", .alimtalk("64016"), .sms("10000", at: noon + 100), announced: true),
            .message("mute000", .alimtalk("10000")), .message("stuck00", .alimtalk(nil), announced: true),
        ])
        #expect(model({ $0.takeMatured(now: noon) }).map { $0.plan.reportCode } == ["64016"])
        #expect(model.value.nextAnnouncementAt == noon + 100)
        #expect(model({ $0.takeMatured(now: noon + 5000) }).map { $0.plan.reportCode } == ["10000"])
        #expect(model({ $0.takeMatured(now: noon + 5000) }).isEmpty)
    }
}
