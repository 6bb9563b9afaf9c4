import Engine
import Testing

/// What becomes of wishes for another configuration.
@Suite struct ReloadStateTests {
    private enum Event { case requested, opened, failed, drained, adopted, stopped }

    /// What is answered to each event, one after the other.
    private func answers(_ events: Event...) -> [Bool] {
        var state = ReloadState()
        return events.map { event in
            switch event {
            case .requested: state.requested()
            case .opened: state.opened()
            case .failed: state.failed()
            case .drained: state.drained()
            case .adopted: state.adopted()
            case .stopped: state.stopped()
            }
        }
    }

    @Test("one is opened, drained for, and takes the place; the next request begins anew")
    func plain() {
        #expect(answers(.requested, .opened, .drained, .adopted, .requested) == [true, true, true, false, true])
    }

    @Test("a daemon that drains while nobody is to follow it, or one is not open yet, is the end")
    func end() {
        #expect(answers(.drained) == [false])
        #expect(answers(.requested, .drained) == [true, false])
    }

    @Test("what was wished for and did not come about before the end is owed", arguments: [0, 1, 2])
    func owed(steps: Int) {
        var state = ReloadState()
        if steps > 0 { _ = state.requested() }
        if steps > 1 { _ = state.opened() }
        _ = state.stopped()
        #expect(state.isReloadOwed == (steps > 0))
        _ = state.requested()
        #expect(state.isReloadOwed, "one wished for while it ends")
    }

    @Test("one that fails leaves the old one at work, and the next is tried")
    func failing() {
        #expect(answers(.requested, .failed, .drained, .requested) == [true, false, false, true])
    }

    @Test("requests while one opens are one request after it, whatever becomes of it")
    func again() {
        #expect(
            answers(.requested, .requested, .requested, .failed, .opened, .adopted)
                == [true, false, false, true, true, false])
        #expect(
            answers(.requested, .requested, .opened, .drained, .adopted, .opened, .adopted)
                == [true, false, true, true, true, true, false])
    }

    @Test("a request while the old one drains is remembered")
    func whileDraining() {
        #expect(answers(.requested, .opened, .requested, .adopted, .failed) == [true, true, false, true, false])
    }

    @Test("the end lets go what is open, and asks for nothing more")
    func stopping() {
        #expect(
            answers(.requested, .requested, .stopped, .opened, .failed, .requested, .drained)
                == [true, false, true, false, false, false, false])
        #expect(answers(.stopped, .stopped) == [true, false], "the second one ends it at once")
    }

    @Test("the end while the old one drains: the successor does not begin")
    func stoppingAtTheHandOver() {
        #expect(answers(.requested, .opened, .stopped, .drained) == [true, true, true, false])
        #expect(answers(.requested, .opened, .requested, .drained, .stopped, .adopted).last == false)
    }
}
