import Reconciliation
import Testing

/// What the end of a pass makes of endpoints that have not shown what they are like.
@Suite struct RequestSchedulerPassTests {
    var gate = KeptGate()

    @Test("who was not asked, or answered, is no suspect")
    mutating func innocent() {
        gate.answer(.reportInquiry)
        gate.fail(.reportInquiry)
        #expect(gate.keeper.suspects == [])
        gate.keeper.beginPass()
        #expect(gate.keeper.suspects == [])
    }

    @Test("where nobody answered, the suspect is failing at once")
    mutating func silence() {
        gate.fail(.messageStatus)
        #expect(gate.keeper.suspects == [.messageStatus])
        #expect(gate.judge(.messageStatus) == .tell(isNews: true))
        #expect(gate.keeper.health.detail == "message_status: scripted")
    }

    @Test("where others answered, it is probed first: its messages may be to blame")
    mutating func probed() {
        gate.answer(.reportInquiry)
        gate.fail(.messageStatus)
        #expect(gate.judge(.messageStatus) == .probe(.channels(.probe)))
        gate.answer(.messageStatus)
        #expect(gate.judge(.messageStatus) == .nothing)
        #expect(gate.keeper.health.state == .ok)
    }

    @Test("where all that was asked only saves requests, it is probed whether the provider answers at all")
    mutating func dispensable() {
        gate.answer(.token)
        gate.fail(.requestStatus)
        #expect(gate.keeper.suspects == [.requestStatus])
        #expect(gate.judge(.requestStatus) == .probeOnce(.reports(.probe)))
        #expect(gate.fail(.reportInquiry, isProbe: true) == .tell(isNews: true))
        #expect(gate.judge(.requestStatus) == .nothing, "it was asked elsewhere")
    }

    @Test("but not where something was heard")
    mutating func heard() {
        gate.fail(.history, .rejected)
        #expect(gate.judge(.history) == .nothing)
        gate.fail(.requestStatus)
        gate.answer(.statistics)
        #expect(gate.judge(.requestStatus) == .nothing)
        #expect(gate.keeper.health.state == .ok)
    }

    @Test("polling cannot be probed")
    mutating func polling() {
        gate.answer(.reportInquiry)
        gate.fail(.polling)
        #expect(gate.judge(.polling) == .tell(isNews: true))
    }

    @Test("what counts as failing already is told once")
    mutating func once() {
        gate.exhaust(.reportInquiry)
        #expect(gate.keeper.suspects == [.reportInquiry])
        #expect(gate.judge(.reportInquiry) == .nothing)
    }

    @Test("in a pass without questions those that were failing are probed")
    mutating func idle() {
        gate.exhaust(.messageStatus)
        gate.keeper.beginPass()
        #expect(gate.keeper.suspects == [.messageStatus])
        #expect(gate.judge(.messageStatus) == .probe(.channels(.probe)))
    }

    @Test("one that messages wait for is tried in passes that ask nothing of it, for as long as they wait")
    mutating func watched() {
        gate.answer(.messageStatus)
        gate.keeper.watch([.messageStatus], until: gate.now + .seconds(60))
        #expect(gate.keeper.suspects == [], "it was asked in this pass")
        gate.keeper.beginPass()
        gate.keeper.endWatches(at: gate.now + .seconds(59))
        #expect(gate.keeper.suspects == [.messageStatus])
        #expect(gate.judge(.messageStatus) == .probe(.channels(.probe)))
        #expect(gate.fail(.messageStatus, isProbe: true) == .tell(isNews: true))
        gate.answer(.messageStatus)
        gate.keeper.beginPass()
        gate.keeper.endWatches(at: gate.now + .seconds(60))
        #expect(gate.keeper.suspects == [])
    }

    @Test("before the process ends those that fail are tried once more, whatever their pause, if others answered")
    mutating func last() {
        gate.exhaust(.messageStatus)
        #expect(gate.keeper.lastProbes() == [], "where nobody answered there is nothing to find out")
        gate.answer(.reportInquiry)
        #expect(gate.step(.messageStatus) == .no)
        #expect(gate.keeper.lastProbes() == [.channels(.probe)])
        #expect(gate.step(.messageStatus) == .go)
        #expect(gate.answer(.messageStatus) == .tell(isNews: true))
    }

    @Test("so are those that nobody needed while others answered")
    mutating func unneeded() {
        gate.exhaust(.reportInquiry)
        gate.keeper.beginPass()
        gate.answer(.messageStatus)
        #expect(gate.keeper.suspects == [.reportInquiry])
        #expect(gate.judge(.reportInquiry) == .probe(.reports(.probe)))
        #expect(gate.answer(.reportInquiry) == .tell(isNews: true))
    }

    @Test("a provider that an earlier process left failing is probed")
    mutating func earlier() {
        gate = KeptGate(health: .unavailable)
        #expect(gate.keeper.suspects == [.reportInquiry])
        #expect(gate.judge(.reportInquiry) == .probe(.reports(.probe)))
        #expect(gate.answer(.reportInquiry) == .tell(isNews: true))
        #expect(gate.keeper.suspects == [])
    }

    @Test("a token is tried by a question that needs it")
    mutating func token() {
        _ = gate.keeper.accessEnded(QuestionFailure(.refused, "credentials"), at: KeptGate.time)
        #expect(gate.keeper.suspects == [.token])
        #expect(gate.judge(.token) == .probe(.reports(.probe)))
    }
}
